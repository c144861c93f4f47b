"""Item M29, stylesheets, and what `clients` says that the big mail programs do not show."""

from collections.abc import Iterator

from pinlabs_mailer.mail.preflight import clients
from pinlabs_mailer.mail.preflight.clients import Unsupported
from pinlabs_mailer.mail.preflight.finding import Fault, Severity, rule
from pinlabs_mailer.mail.preflight.reading import Mail
from pinlabs_mailer.mail.preflight.sheets import Declaration, declarations
from pinlabs_mailer.mail.preflight.standard import Standard
from pinlabs_mailer.mail.preflight.styles import described


@rule("M29", Severity.ERROR, "Put the rules into the mail; the program moves them into attributes.")
def outside_css(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """No stylesheet is fetched from elsewhere."""
    for node in mail.page.elements:
        if node.tag == "link" and "stylesheet" in (node.attributes.get("rel") or "").lower():
            yield Fault(described(node), "It is an outside stylesheet.")
    for sheet in mail.page.sheets:
        if "import" in sheet.at_rules:
            yield Fault("<style>", "@import fetches a stylesheet.")


@rule("", Severity.WARNING, "Use what all show; docs/deliverability.md has the table.")
def client_support(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """Nothing is used that breaks the mail in Gmail, Outlook, Apple Mail, Yahoo or Outlook.com."""
    told: set[Unsupported] = set()
    for place, row in _used(mail):
        if row not in told:
            told.add(row)
            yield Fault(
                place, f"{row.what} is not shown by {', '.join(row.clients)}. {row.instead}"
            )


def _used(mail: Mail) -> Iterator[tuple[str, Unsupported]]:
    in_body = False
    for node in mail.page.elements:
        in_body = in_body or node.tag == "body"
        if node.tag in clients.ELEMENTS:
            yield described(node), clients.ELEMENTS[node.tag]
        if node.tag == "style" and in_body:
            yield described(node), clients.STYLE_IN_BODY
        if node.tag == "link" and "stylesheet" in (node.attributes.get("rel") or "").lower():
            yield described(node), clients.STYLESHEET
        for one in declarations(node.attributes.get("style") or ""):
            for row in _unsupported(one):
                yield described(node), row
    for sheet in mail.page.sheets:
        for name in sheet.at_rules:
            if name in clients.AT_RULES:
                yield "<style>", clients.AT_RULES[name]
        for block in sheet.blocks:
            for one in block.declarations:
                for row in _unsupported(one):
                    yield f"<style>, {block.selectors[:40]}", row


def _unsupported(one: Declaration) -> Iterator[Unsupported]:
    if "var" in one.words:
        yield clients.VARIABLE
    for names, words, row in clients.DECLARATIONS:
        named = one.name in names or any(
            name.endswith("-") and one.name.startswith(name) for name in names
        )
        if named and (not words or words & one.words):
            yield row


RULES = (outside_css, client_support)
