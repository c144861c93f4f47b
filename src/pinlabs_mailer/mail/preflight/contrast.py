"""Whether words can be told from their ground: WCAG 2.2, level AA, in light and in dark mode."""

from collections.abc import Iterator

from pinlabs_mailer.mail.preflight.finding import Fault, Severity, rule
from pinlabs_mailer.mail.preflight.printable import shown
from pinlabs_mailer.mail.preflight.reading import Mail
from pinlabs_mailer.mail.preflight.standard import Standard
from pinlabs_mailer.mail.preflight.styles import Colour, Style, Words

_AA, _AA_LARGE = 4.5, 3.0
_LARGE, _LARGE_BOLD = 24.0, 18.66
_DARKER = "Make the words darker, or their ground lighter."
_LIGHTER = "Put a lighter colour for the words into the block for dark mode."


@rule("", Severity.WARNING, _DARKER)
def contrast(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """Words have the contrast that WCAG AA asks for: 4.5 to 1, large ones 3 to 1."""
    return (_fault(words) for words in _faint(mail.page.words).values())


@rule("", Severity.WARNING, _LIGHTER)
def contrast_dark(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """They have it in dark mode as well, where the mail has colours for that."""
    known = _faint(mail.page.words)
    faint = _faint(mail.page.dark_words)
    return (_fault(words) for colours, words in faint.items() if colours not in known)


def _faint(some: list[Words]) -> dict[tuple[Colour, Colour], Words]:
    """Return the first words of each pair of colours that is too faint.

    Words in the very colour of their ground are hidden, which is told by another rule.
    """
    found: dict[tuple[Colour, Colour], Words] = {}
    for words in some:
        color, ground = words.style.color, words.style.ground
        if words.style.hidden or color is None or ground is None or color == ground:
            continue
        if (color, ground) not in found and ratio(color, ground) < _wanted(words.style):
            found[color, ground] = words
    return found


def _fault(words: Words) -> Fault:
    color, ground = words.style.color, words.style.ground
    assert color is not None
    assert ground is not None
    what = f"{_hex(color)} on {_hex(ground)} is {ratio(color, ground):.1f} to 1"
    return Fault(words.place, f"{what}: {shown(words.text, 40)}")


def _wanted(style: Style) -> float:
    large = style.size >= _LARGE or (style.bold and style.size >= _LARGE_BOLD)
    return _AA_LARGE if large else _AA


def ratio(one: Colour, other: Colour) -> float:
    """Return the contrast of two colours, from 1 to 21."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: Colour) -> float:
    parts = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour
    )
    red, green, blue = parts
    return float(0.2126 * red + 0.7152 * green + 0.0722 * blue)


def _hex(colour: Colour) -> str:
    return "#" + "".join(f"{round(part * 255):02x}" for part in colour)


RULES = (contrast, contrast_dark)
