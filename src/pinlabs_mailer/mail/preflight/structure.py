"""Items M5 to M9: lines, the header block, MIME."""

import re
from collections.abc import Iterator

from pinlabs_mailer.mail.preflight.finding import Fault, Severity, rule
from pinlabs_mailer.mail.preflight.header_fields import ENCODED_WORD, word
from pinlabs_mailer.mail.preflight.printable import shown
from pinlabs_mailer.mail.preflight.reading import Mail
from pinlabs_mailer.mail.preflight.standard import Standard

_WRITER = "The program that writes the message must do it."
_HEADER_LIMIT = 8_000
_MAY_BE_ENCODED = frozenset({"subject", "from", "to", "cc", "reply-to", "sender", "comments"})


@rule("M5", Severity.ERROR, "Write every line with CRLF, also the last. " + _WRITER)
def line_ends(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """Every line ends by CRLF; no CR or LF stands alone, and no NUL anywhere."""
    raw = mail.raw
    pairs = raw.count(b"\r\n")
    alone = raw.count(b"\r") + raw.count(b"\n") - 2 * pairs
    if alone:
        yield Fault("message", f"It has {alone} CR or LF without the other.")
    if b"\0" in raw:
        yield Fault("message", "It has a NUL.")
    if raw and not raw.endswith(b"\r\n"):
        yield Fault("message", "Its last line does not end.")


@rule("M5", Severity.ERROR, "Fold the header, and encode the body as quoted-printable.")
def line_length(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """No line has more than 998 octets (RFC 5322 section 2.1.1)."""
    for number, line in enumerate(mail.raw.split(b"\n"), 1):
        if len(line.rstrip(b"\r")) > 998:
            yield Fault(f"line {number}", f"It has {len(line)} octets.")


@rule("M5", Severity.ERROR, "Leave the line out.")
def header_lines(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """Every line of the header is a field or goes on with one, and none is white space alone."""
    if not mail.header.fields:
        yield Fault("header", "It is missing: this is no mail.")
    for stray in mail.header.strays[:3]:
        yield Fault("header", f"This line is no field: {shown(stray)}")
    for one in mail.header.fields:
        if any(not line.strip() for line in one.raw.split("\r\n")[1:]):
            yield Fault(f"header {one.name}", "It is folded by a line of white space alone.")


@rule("M5", Severity.WARNING, "Fold it before a space.")
def header_folds(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """A line of the header that can be folded has at most 78 signs (RFC 5322 section 2.1.1)."""
    for one in mail.header.fields:
        lines = f"{one.name}:{one.raw}".split("\r\n")
        for line in lines:
            rest = line.partition(": ")[2] if line is lines[0] else line
            if len(line) > 78 and " " in rest.strip():
                yield Fault(f"header {one.name}", f"A line of it has {len(line)} signs.")


@rule("M6", Severity.ERROR, "Encode names and the subject; an address beyond ASCII needs SMTPUTF8.")
def header_ascii(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """The header is ASCII, but for an address that goes with SMTPUTF8."""
    for one in mail.header.fields:
        text = one.raw
        if one.name.lower() == "to":  # sent with SMTPUTF8 (RFC 6532)
            text = re.sub(r"[^\s<>@]{1,64}@[^\s<>]{1,255}", "", text[:_HEADER_LIMIT])
        if not text.isascii():
            yield Fault(f"header {one.name}", "It has signs beyond ASCII.")


@rule(
    "M7", Severity.ERROR, "Encode only names and the subject, in whole words of at most 75 signs."
)
def encoded_words(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """Encoded-words stand only in names and the subject, are whole, short and apart (RFC 2047)."""
    for one in mail.header.fields:
        place = f"header {one.name}"
        text = one.raw[:20_000]
        if "=?" not in text:
            continue
        if one.name.lower() not in _MAY_BE_ENCODED:
            yield Fault(place, "It may have no encoded-word.")
        elif any("=?" in inner for inner in re.findall(r"<([^<>]*)>", text)):
            yield Fault(place, "An encoded-word stands in the address.")
        elif "?==?" in text:
            yield Fault(place, "Two encoded-words stand without a space between them.")
        for match in ENCODED_WORD.finditer(text):
            if len(match[0]) > 75:
                yield Fault(place, f"An encoded-word has {len(match[0])} signs.")
            elif word(match) is None:
                yield Fault(place, f"This encoded-word cannot be read: {shown(match[0])}")


@rule("M8", Severity.ERROR, "Shorten the longest fields; our own come to about one kB.")
def header_size(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """The header has less than 8 kB and 100 fields."""
    if len(mail.head) >= _HEADER_LIMIT:
        yield Fault("header", f"It has {len(mail.head):,} bytes.")
    if len(mail.header.fields) >= 100:
        yield Fault("header", f"It has {len(mail.header.fields)} fields.")


@rule("M9", Severity.ERROR, "Send a text part, then an HTML part, in one multipart/alternative.")
def alternatives(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """It is multipart/alternative: text first, then HTML, and neither is empty."""
    kind = mail.header.value("Content-Type").partition(";")[0].strip().lower()
    if kind != "multipart/alternative":
        yield Fault("header Content-Type", f"It is {shown(kind) or 'missing'}.")
    elif [part.kind for part in mail.parts] != ["text/plain", "text/html"]:
        kinds = ", ".join(shown(part.kind, 40) for part in mail.parts[:6]) or "none"
        yield Fault("message", f"Its parts are: {kinds}.")
    for part, name, content in (
        (mail.text_part, "text", mail.text),
        (mail.html_part, "HTML", mail.html),
    ):
        if part is None:
            yield Fault("message", f"It has no {name} part.")
        elif not content.strip():
            yield Fault(f"{name} part", "It is empty.")


@rule("M9", Severity.ERROR, "Encode the part as UTF-8 and say so.")
def charset(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """Both parts are UTF-8, and are what they say they are."""
    for part, name in ((mail.text_part, "text part"), (mail.html_part, "HTML part")):
        if part is None:
            continue
        if part.charset not in ("utf-8", "us-ascii"):
            yield Fault(name, f"Its character set is {shown(part.charset, 40) or 'not said'}.")
        elif "\ufffd" in part.text():
            yield Fault(name, "It has signs that are no UTF-8.")


@rule("M9", Severity.ERROR, "Break the lines at 76 signs (RFC 2045 section 6.7 and 6.8).")
def encoded_lines(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """Lines of quoted-printable and base64 have at most 76 signs."""
    for part in mail.parts:
        if part.encoding in ("quoted-printable", "base64"):
            longest = max(len(line.rstrip(b"\r")) for line in part.body.split(b"\n"))
            if longest > 76:
                yield Fault(f"{shown(part.kind, 40)} part", f"A line has {longest} signs.")


@rule("M9", Severity.ERROR, "Choose a boundary that no part can hold.")
def boundary(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """The boundary has at most 70 signs and stands in no part."""
    for one in mail.boundaries[:4]:
        if len(one) > 70:
            yield Fault("header Content-Type", f"The boundary has {len(one)} signs.")
        if any(one.encode() in part.body for part in mail.parts):
            yield Fault("header Content-Type", "The boundary stands in a part.")


@rule("M22", Severity.WARNING, "Encode the part as quoted-printable.")
def seven_bit(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """The body is ASCII, so that no relay encodes it again and breaks the signature."""
    if not mail.body.isascii():
        yield Fault("message", "The body has signs beyond ASCII.")


RULES = (
    line_ends,
    line_length,
    header_lines,
    header_folds,
    header_ascii,
    encoded_words,
    header_size,
    alternatives,
    charset,
    encoded_lines,
    boundary,
    seven_bit,
)
