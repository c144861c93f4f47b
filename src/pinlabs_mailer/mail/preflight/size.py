"""Items M27 and M28: how much it is."""

from collections.abc import Iterator

from pinlabs_mailer.mail.preflight.finding import Fault, Severity, rule
from pinlabs_mailer.mail.preflight.reading import LIMIT, Mail
from pinlabs_mailer.mail.preflight.standard import Standard

_CLIPPED, _CLOSE = 100_000, 80_000
"""Gmail shows about 102 kB of HTML; measured limits vary with the encoding."""
_HEAVY = 500_000
_SMALLER = "Lower PINLABS_MAX_POSTS, or make the template smaller."


@rule("M27", Severity.ERROR, _SMALLER)
def html_clipped(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """The HTML, decoded, has at most 100 kB; Gmail cuts off what comes after about 102."""
    size = len(mail.html.encode("utf-8", "replace"))
    if size > _CLIPPED:
        yield Fault("HTML part", f"It has {size:,} bytes.")


@rule("M27", Severity.WARNING, _SMALLER)
def html_large(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """The HTML has at most 80 kB, so that what relays add does not bring it near the limit."""
    size = len(mail.html.encode("utf-8", "replace"))
    if _CLOSE < size <= _CLIPPED:
        yield Fault("HTML part", f"It has {size:,} bytes.")


@rule("M27", Severity.ERROR, _SMALLER)
def html_readable(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """The HTML has no more elements and attributes than can be looked into."""
    if mail.page.too_much:
        yield Fault("HTML part", "It is so much that links, pictures and styles were not checked.")


@rule("M28", Severity.ERROR, "Leave out attachments and embedded pictures.")
def message_size(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """The message has less than 500 kB."""
    if len(mail.raw) >= LIMIT:
        yield Fault("message", f"It has {LIMIT:,} bytes or more; the rest was not looked at.")
    elif len(mail.raw) >= _HEAVY:
        yield Fault("message", f"It has {len(mail.raw):,} bytes.")


RULES = (html_clipped, html_large, html_readable, message_size)
