"""Item M26, and what must not be left over: what the two parts say to whoever reads them."""

import re
from collections.abc import Iterator

from pinlabs_mailer.mail.preflight.finding import Fault, Severity, rule
from pinlabs_mailer.mail.preflight.printable import shown
from pinlabs_mailer.mail.preflight.reading import Mail
from pinlabs_mailer.mail.preflight.standard import Standard

_WAY_OUT = re.compile(
    r"unsub|opt[-_ ]?out|abmeld|abbestell|austragen|preferences|/u/", re.IGNORECASE
)
_MARKS = re.compile(r"\{\{|\}\}|\{%|%\}|<!--%|[\ufdd0\ufdd1]|%\([a-z_]{1,40}\)[sd]")
_DRAFTING = re.compile(r"\b(?:lorem ipsum|TODO|FIXME|XXXX?)\b")
_PREHEADER = 250
_TINY = 2.0


@rule("M26", Severity.ERROR, "Put {{ links.unsubscribe }} into this part of the template.")
def unsubscribe_link(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """List mail has the link to unsubscribe in both parts, where it is seen."""
    if not mail.subscribed or mail.page.too_much:
        return
    uri = mail.one_click
    if mail.text_part and not (uri in mail.text if uri else _WAY_OUT.search(mail.text)):
        yield Fault("text part", "It has no link to unsubscribe.")
    hidden = {words.place for words in mail.page.words if words.style.hidden}
    seen = [one for one in mail.page.links if one.place not in hidden]
    found = (one.url == uri if uri else _WAY_OUT.search(one.url + one.words) for one in seen)
    if mail.html_part and not any(found):
        yield Fault("HTML part", "It has no link to unsubscribe that can be seen.")


@rule("M26", Severity.ERROR, "Put {{ brand.postal_address }} into this part of the template.")
def postal_address(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """The postal address stands in both parts (CAN-SPAM, CASL)."""
    wanted = " ".join((standard.postal_address or "").split())
    if not wanted or mail.page.too_much:
        return
    for place, content in _read(mail):
        if wanted not in " ".join(content.split()):
            yield Fault(place, "It has no postal address.")


def _read(mail: Mail) -> list[tuple[str, str]]:
    """Return the parts that are there, with what is read in them."""
    parts = [("text part", mail.text)] if mail.text_part else []
    return [*parts, ("HTML part", mail.page.visible_text)] if mail.html_part else parts


@rule("M26", Severity.WARNING, "Say why they get it: {{ recipient.email }}, {{ recipient.since }}.")
def reason(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """Both parts of list mail name the address that was subscribed, so that readers know why."""
    if not mail.subscribed or not mail.recipient or mail.page.too_much:
        return
    wanted = mail.recipient.lower()
    for place, content in _read(mail):
        if wanted not in content.lower():
            yield Fault(place, "It does not say which address is subscribed.")


@rule("M26", Severity.ERROR, "Show it, or take it out: Gmail counts hidden words as deceit.")
def hidden_words(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """Nothing is hidden but one short preheader at the top."""
    hidden: dict[str, str] = {}
    first_seen = False
    for words in mail.page.words:
        style = words.style
        if style.hidden:
            hidden[words.block] = hidden.get(words.block, "") + words.text
            if first_seen:
                yield Fault(words.place, f"Hidden: {shown(words.text, 40)}")
        else:
            first_seen = True
            if style.size <= _TINY:
                yield Fault(words.place, f"Too small to be seen: {shown(words.text, 40)}")
            elif style.color is not None and style.color == style.ground:
                yield Fault(words.place, f"In the colour of its ground: {shown(words.text, 40)}")
    if sum(len(text.strip()) for text in hidden.values()) > _PREHEADER:
        yield Fault("HTML part", f"The hidden preheader has more than {_PREHEADER} signs.")


@rule("", Severity.WARNING, "Begin the body with a hidden line that goes on from the subject.")
def preheader(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """List mail has a preheader, which inboxes show beside the subject, with words of its own."""
    if not mail.subscribed or mail.html_part is None or mail.page.too_much:
        return
    first = next((words for words in mail.page.words), None)
    if first is None or not first.style.hidden:
        yield Fault("HTML part", "It has no preheader.")
    elif mail.subject and first.text.strip() == mail.subject:
        yield Fault("HTML part", "The preheader says what the subject says.")


@rule("", Severity.ERROR, "Mend the template or the words of the issue: this was to be replaced.")
def placeholders(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """No mark of a template is left over: {{, {%, %(name)s, or one of our slots."""
    yield from _left_over(mail, standard, _MARKS)


@rule("", Severity.WARNING, "Write what was to stand there.")
def drafting(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """No sign of a draft is left over: TODO, FIXME, lorem ipsum."""
    yield from _left_over(mail, standard, _DRAFTING)


def _left_over(mail: Mail, standard: Standard, marks: re.Pattern[str]) -> Iterator[Fault]:
    """What stands in a text from outside is meant."""
    for place, content in (
        ("subject", mail.subject),
        ("text part", mail.text),
        ("HTML part", mail.html),
    ):
        for match in _some(marks, content):
            if not any(match[0] in said for said in standard.said):
                around = content[max(0, match.start() - 20) : match.end() + 30]
                yield Fault(place, f"{shown(match[0])!a} is left over: {shown(around, 50)}")


def _some(marks: re.Pattern[str], content: str) -> list[re.Match[str]]:
    return [match for match, _ in zip(marks.finditer(content), range(20), strict=False)]


RULES = (
    unsubscribe_link,
    postal_address,
    reason,
    hidden_words,
    preheader,
    placeholders,
    drafting,
)
