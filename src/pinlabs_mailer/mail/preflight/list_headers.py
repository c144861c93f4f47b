"""Items M13 to M15, M17, M18 and M20: the header fields of lists. Only list mail is asked."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, unquote, urlsplit

from pinlabs_mailer.mail.preflight.finding import Fault, Severity, rule
from pinlabs_mailer.mail.preflight.printable import shown
from pinlabs_mailer.mail.preflight.reading import Mail
from pinlabs_mailer.mail.preflight.standard import Standard
from pinlabs_mailer.tokens import Purpose

_PLACE = "header List-Unsubscribe"
_PAIR = re.compile(r"<[!-;=?-~]+>,\s{1,20}<[!-;=?-~]+>")
_LIST_ID = re.compile(r"(?:[^<>]* )?<[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+>")
_SAFE_URI = 75


@rule("M13", Severity.ERROR, "Write `<https://...>, <mailto:...>`, raw and in this order.")
def list_unsubscribe(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """List-Unsubscribe has one https address, then one mailto address, in raw ASCII."""
    if not mail.subscribed:
        return
    value = mail.header.value("List-Unsubscribe")
    schemes = [uri.partition(":")[0].lower() for uri in mail.unsubscribe_uris]
    if not value:
        yield Fault(_PLACE, "It is missing.")
    elif schemes == ["http", "mailto"] and standard.is_rehearsal(mail.one_click):
        return
    elif schemes != ["https", "mailto"] or not _PAIR.fullmatch(value[:4_000]):
        yield Fault(_PLACE, f"It is no such pair: {shown(value)}")


@rule("M14", Severity.ERROR, "Write `List-Unsubscribe-Post: List-Unsubscribe=One-Click`.")
def one_click(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """List-Unsubscribe-Post is `List-Unsubscribe=One-Click`, to the letter (RFC 8058)."""
    if mail.subscribed and mail.header.values("List-Unsubscribe-Post") != [
        "List-Unsubscribe=One-Click"
    ]:
        value = mail.header.value("List-Unsubscribe-Post")
        yield Fault("header List-Unsubscribe-Post", f"It is {shown(value) or 'missing'}.")


@rule(
    "M15", Severity.ERROR, "Use an address of the pages at PINLABS_BASE_URL, https, with a token."
)
def unsubscribe_address(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """The one-click address is that of our pages, has no fragment, and names nobody."""
    if not mail.subscribed or not mail.one_click:
        return
    parts = urlsplit_or_none(mail.one_click)
    if parts is None:
        yield Fault(_PLACE, "It is no address.")
        return
    host, _, fragment, path = parts
    if standard.host and host != standard.host:
        yield Fault(_PLACE, f"It leads to {shown(host)}; our pages are at {standard.host}.")
    if fragment:
        yield Fault(_PLACE, "It has a fragment.")
    named = [mail.recipient, mail.recipient.partition("@")[0]]
    clear = unquote(path).lower()
    if any(len(name) > 3 and name.lower() in clear for name in named) or "@" in clear:
        yield Fault(_PLACE, "It has the recipient's address in clear.")


def urlsplit_or_none(url: str) -> tuple[str, int | None, str, str] | None:
    """Return host, port, fragment, and path with query; None if it is no address."""
    try:
        parts = urlsplit(url)
        return parts.hostname or "", parts.port, parts.fragment, f"{parts.path}?{parts.query}"
    except ValueError:
        return None


@rule("M15", Severity.ERROR, "Send the mail from the installation whose keys made the link.")
def unsubscribe_token(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """The token verifies with our keys, and the mailto address carries the same."""
    if not mail.subscribed or standard.signer is None or not mail.one_click:
        return
    token = mail.one_click.rpartition("/")[2]
    if standard.signer.verify(Purpose.UNSUBSCRIBE, token) is None:
        yield Fault(_PLACE, "Our keys did not make its token.")
        return
    mailto = next((uri for uri in mail.unsubscribe_uris if uri.startswith("mailto:")), "")
    query = parse_qs(mailto.partition("?")[2][:1_000])
    if query.get("subject") != [f"unsubscribe {token}"]:
        yield Fault(_PLACE, "The mailto address does not carry the token in its subject.")


@rule("M15", Severity.WARNING, "Choose a PINLABS_BASE_URL of at most 35 signs, without a port.")
def unsubscribe_plain(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """The one-click address has at most 75 signs and no port: others get broken on the way."""
    if not mail.subscribed:
        return
    if len(mail.one_click) > _SAFE_URI:
        yield Fault(_PLACE, f"It has {len(mail.one_click)} signs.")
    parts = urlsplit_or_none(mail.one_click)
    if parts and parts[1] and not standard.is_rehearsal(mail.one_click):
        yield Fault(_PLACE, f"It has the port {parts[1]}.")


@rule("M17", Severity.ERROR, "Set PINLABS_LIST_ID to a name with dots, such as news.example.org.")
def list_id(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """List-Id is a name and a dot-atom in angle brackets, of at most 255 octets (RFC 2919)."""
    value = mail.header.value("List-Id")
    if mail.subscribed and (len(value) > 255 or not _LIST_ID.fullmatch(value)):
        yield Fault("header List-Id", f"It has not that form: {shown(value) or 'missing'}")


@rule("M18", Severity.ERROR, "Write two to four different fields, the last of 5 to 15 signs.")
def feedback_id(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """Feedback-ID has up to four different fields, none about this message; the last is ours."""
    if not mail.subscribed:
        return
    place, value = "header Feedback-ID", mail.header.value("Feedback-ID")
    parts = value.split(":")
    if not 2 <= len(parts) <= 4 or len(set(parts)) != len(parts) or not all(parts):
        yield Fault(place, f"It has not that form: {shown(value) or 'missing'}")
    elif not 5 <= len(parts[-1]) <= 15:
        yield Fault(place, f"Its last field has {len(parts[-1])} signs.")
    unique = {mail.header.value("Message-ID").strip("<>").partition("@")[0]}
    unique |= {mail.recipient, mail.one_click.rpartition("/")[2]}
    if unique & set(filter(None, parts)):
        yield Fault(place, "A field of it is about this one message.")


@rule("M20", Severity.WARNING, "Write `CFBL-Address: mailbox; report=arf` (RFC 9477), or nothing.")
def complaint_address(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """CFBL-Address, where there is one, has the form of RFC 9477."""
    for value in mail.header.values("CFBL-Address"):
        if not re.fullmatch(r"[^\s@;]{1,64}@[^\s@;]{1,255}(?:;\s?report=(?:arf|xarf))?", value):
            yield Fault("header CFBL-Address", f"It has not that form: {shown(value)}")


RULES = (
    list_unsubscribe,
    one_click,
    unsubscribe_address,
    unsubscribe_token,
    unsubscribe_plain,
    list_id,
    feedback_id,
    complaint_address,
)
