"""The one colour of accent, made legible on the grounds that mails and pages have.

Whatever colour an operator gives, it is made darker on light grounds and lighter on dark ones until
text in it has the contrast that WCAG 2.2 asks for at level AA (4.5 to 1); its hue stays. A colour
that has the contrast is left alone.
"""

from colorsys import hls_to_rgb, rgb_to_hls
from typing import NamedTuple

AA = 4.5
LIGHT = ("#ffffff", "#eef1f3")
"""The sheet and what it lies on. `web/site.css` and the mails have the same."""
DARK = ("#171b1f", "#0e1114")
_STEPS = 40


class Accent(NamedTuple):
    """A colour, as it is on light and on dark grounds."""

    light: str
    dark: str


def accent(colour: str) -> Accent:
    """Return what a colour, `#rrggbb`, becomes."""
    return Accent(_legible(colour, LIGHT, 0.0), _legible(colour, DARK, 1.0))


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, from 1 to 21 (WCAG 2.2, contrast ratio)."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _legible(colour: str, grounds: tuple[str, ...], end: float) -> str:
    """Move the lightness towards `end`, black or white, until the contrast is there."""
    hue, lightness, saturation = rgb_to_hls(*(part / 255 for part in _parts(colour)))
    step, moved = 0, colour
    while any(contrast(moved, ground) < AA for ground in grounds):
        step += 1
        lighter = lightness + (end - lightness) * step / _STEPS
        moved = _written(hls_to_rgb(hue, lighter, saturation))
    return moved


def _written(parts: tuple[float, float, float]) -> str:
    return "#" + "".join(f"{round(part * 255):02x}" for part in parts)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(part / 255) for part in _parts(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def _parts(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
