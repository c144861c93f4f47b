"""The text part: as good as the HTML for whoever reads it."""

import re
from collections.abc import Iterator

from pinlabs_mailer.mail.preflight.finding import Fault, Severity, rule
from pinlabs_mailer.mail.preflight.printable import shown
from pinlabs_mailer.mail.preflight.reading import Mail
from pinlabs_mailer.mail.preflight.standard import Standard
from pinlabs_mailer.mail.preflight.weblinks import scheme

_TAGS = re.compile(
    r"</?(?:a|b|br|div|em|i|img|p|span|strong|table|td|tr|ul|li|h[1-6])\b[^<>]{0,200}>"
    r"|&(?:nbsp|amp|quot|lt|gt|#\d{1,5});",
    re.IGNORECASE,
)


@rule("", Severity.WARNING, "Put the link into body.txt, too, on a line of its own.")
def same_links(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """The text part has every link of the HTML."""
    if mail.text_part is None:
        return
    told = set()
    for one in mail.page.links:
        if scheme(one.url) in ("http", "https") and one.url not in told:
            told.add(one.url)
            if one.url not in mail.text:
                yield Fault("text part", f"It has no link to {shown(one.url)}")


@rule("", Severity.WARNING, "Write plain words into body.txt.")
def text_plain(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """The text part has no HTML in it."""
    for match, _ in zip(_TAGS.finditer(mail.text), range(20), strict=False):
        if not any(match[0] in said for said in standard.said):
            yield Fault("text part", f"This is HTML: {shown(match[0])}")


RULES = (same_links, text_plain)
