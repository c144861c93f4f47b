"""A template with the parts that it includes put in their places, and where each line came from.

Mails share their frame and the look of their items: `{% include "_parts/foot.txt" %}`, in HTML
`<!--% include "_parts/foot.html" %-->`, alone on its line. Parts are put in as text before anything
is compiled, so that CSS can be inlined over the whole page and so that a part sees every name.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from pinlabs_mailer.errors import ConfigurationError

_INCLUDE = re.compile(r'\s*(?:\{%|<!--%)\s*include\s+"([^"]+)"\s*(?:%\}|%-->)\s*')
_DEEPEST = 5


class Line(NamedTuple):
    """One line of the whole, and where it was written."""

    text: str
    path: Path
    number: int

    def __str__(self) -> str:
        shown = self.text.strip()[:80]
        return f"{self.path}, line {self.number}" + (f" ({shown})" if shown else "")


def assembled(path: Path, part: Callable[[str], Path], depth: int = 0) -> list[Line]:
    """Return the lines of a template; `part` says where the file of a part is.

    Raises ConfigurationError for a file that cannot be read, and for parts that include each other.
    """
    lines: list[Line] = []
    for number, text in enumerate(_read(path).splitlines(keepends=True), start=1):
        line = Line(text, path, number)
        include = _INCLUDE.fullmatch(text)
        if include is None:
            lines.append(line)
        elif depth == _DEEPEST:
            raise ConfigurationError(
                f"{line}: parts include each other without end.", "Take one include away."
            )
        else:
            lines += assembled(part(include[1]), part, depth + 1)
    return lines


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"The mail template {path} cannot be read: {error}.",
            "Put the file there, as UTF-8 text, or take the mail's folder away.",
        ) from error
