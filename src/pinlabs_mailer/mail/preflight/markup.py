"""Item M29, elements and pictures, and C20: what mail programs refuse and what readers need."""

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborNode

from pinlabs_mailer.mail.preflight import styles
from pinlabs_mailer.mail.preflight.finding import Fault, Severity, rule
from pinlabs_mailer.mail.preflight.printable import shown
from pinlabs_mailer.mail.preflight.reading import Mail
from pinlabs_mailer.mail.preflight.standard import Standard, host_of
from pinlabs_mailer.mail.preflight.styles import described
from pinlabs_mailer.mail.preflight.weblinks import scheme

_REFUSED = frozenset(
    {
        "form", "input", "button", "textarea", "select", "script", "noscript", "iframe", "frame",
        "frameset", "object", "embed", "applet", "base",
    }
)  # fmt: skip
_PIXEL = 2
_NUMBER = re.compile(r"\s{0,5}(\d{1,6})")


@rule("M29", Severity.ERROR, 'Write <html lang="en">, with the language of the words.')
def language(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """The HTML says its language, for screen readers."""
    if mail.html_part is None or mail.page.too_much:
        return
    given = [node.attributes.get("lang") for node in mail.page.elements if node.tag == "html"]
    if not any(given):
        yield Fault("HTML part", "<html> has no lang.")


@rule("M29", Severity.ERROR, "Take it out, and link to a page that does it.")
def active_content(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """There is no form, script, frame or object, and nothing that runs or redirects."""
    for node in mail.page.elements:
        given = node.attributes
        if node.tag in _REFUSED:
            yield Fault(described(node), f"<{node.tag}> is refused or taken out.")
        elif node.tag == "meta" and (given.get("http-equiv") or "").lower() == "refresh":
            yield Fault(described(node), "It redirects.")
        for name in given:
            if name.startswith("on") and len(name) > 3:
                yield Fault(described(node), f"{shown(name)} runs a script.")


@rule("M29", Severity.ERROR, 'Say what it shows, alt="...", or alt="" if it only decorates.')
def image_alt(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """Every picture has an alt text; many programs show no pictures until they are asked."""
    for node in mail.page.images:
        if "alt" not in node.attributes:
            yield Fault(described(node), "It has no alt.")


@rule("M29", Severity.ERROR, "Write width and height in pixels.")
def image_size(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """Every picture has width and height; Outlook shows it at its own size otherwise."""
    for node in mail.page.images:
        missing = [name for name in ("width", "height") if not node.attributes.get(name)]
        if missing:
            yield Fault(described(node), f"It has no {' and no '.join(missing)}.")


@rule("M29", Severity.ERROR, "Put the picture on the web and name its whole address.")
def image_address(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """Every picture has an absolute web address; Gmail and Outlook do not show data: everywhere."""
    for node in mail.page.images:
        source = _source(node)
        if scheme(source) not in ("https", "http") or not host_of(source):
            yield Fault(described(node), "It is not on the web.")


@rule("M29", Severity.WARNING, "Use https, at the source if it is the picture of a post.")
def image_https(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """Every picture is fetched by https."""
    for node in mail.page.images:
        source = _source(node)
        if scheme(source) == "http" and not standard.is_rehearsal(source):
            yield Fault(described(node), "It is http.")


@rule("C20", Severity.ERROR, "Take it out: counting who opens a mail needs a consent of its own.")
def tracking_pixel(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """No picture is there only to tell that the mail was opened."""
    for node in mail.page.images:
        given = node.attributes
        sizes = [_NUMBER.match(given.get(name) or "") for name in ("width", "height")]
        if any(size is not None and int(size[1]) <= _PIXEL for size in sizes):
            yield Fault(described(node), f"It is {_PIXEL} pixels or less.")
        elif styles.hides(given.get("style") or ""):
            yield Fault(described(node), "It is hidden.")


def _source(node: LexborNode) -> str:
    return (node.attributes.get("src") or "").strip()


RULES = (
    language,
    active_content,
    image_alt,
    image_size,
    image_address,
    image_https,
    tracking_pixel,
)
