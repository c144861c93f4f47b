"""The header of a file: which column is which. Pure."""

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pinlabs_mailer.errors import BadInput
from pinlabs_mailer.transfer.table import DELIMITERS, split

_SHOWN = 8


@dataclass(frozen=True)
class Columns:
    """The names of a file's columns, compared without regard to case and outer spaces."""

    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.names)

    def find(self, *names: str) -> int | None:
        """Return the place of the one column with one of these names, None if there is none."""
        wanted = {_folded(name) for name in names}
        found = [place for place, name in enumerate(self.names) if _folded(name) in wanted]
        if len(found) > 1:
            raise BadInput(
                f"Two columns are called {self.names[found[0]][:60]!a}.", "Rename one of them."
            )
        return found[0] if found else None

    def need(self, *names: str) -> int:
        """Return the place of a column that must be there."""
        place = self.find(*names)
        if place is None:
            there = ", ".join(ascii(name[:40]) for name in self.names[:_SHOWN])
            raise BadInput(
                f"There is no column {names[0]!a}. The columns are: {there}.",
                "The first line must name the columns. Is yours called otherwise: "
                "--map email=E-Mail-Adresse",
            )
        return place

    def renamed(self, names: Mapping[str, str]) -> "Columns":
        """Return the columns under our names: `names` says for each of those what it is called."""
        ours = {self.need(theirs): field for field, theirs in names.items()}
        shadowed = {_folded(field) for field in ours.values()}
        return Columns(
            tuple(
                ours.get(place, "" if _folded(name) in shadowed else name)
                for place, name in enumerate(self.names)
            )
        )


def read_header(line: str) -> tuple[str, Columns]:
    """Return the delimiter of a file, and its columns, from its first line."""
    if "\0" in line:
        raise BadInput(
            "The first line has a NUL in it: this is not text, or its encoding is not marked.",
            "Name the encoding, such as --encoding utf-16-le",
        )
    found: dict[str, Sequence[str]] = {}
    for delimiter in DELIMITERS:
        try:
            found[delimiter] = split(line, delimiter)
        except csv.Error:
            continue
    if not found:
        raise BadInput("The first line has a quote that is not closed.", "Mend the header.")
    # A delimiter within a quoted name would leave a quote in two of the cells.
    best = max(found, key=lambda one: ('"' not in "".join(found[one]), len(found[one])))
    return best, Columns(tuple(found[best]))


def parse_mapping(words: Sequence[str], fields: Sequence[str]) -> dict[str, str]:
    """Return what `--map FIELD=HEADER` says, by field."""
    names: dict[str, str] = {}
    for word in words:
        match = re.fullmatch(r"\s*(\w+)\s*=\s*(.*\S)\s*", word, re.DOTALL)
        if match is None or match[1].lower() not in fields:
            raise BadInput(
                f"--map {word[:60]!a} names no field of ours.",
                f"Write --map email=E-Mail-Adresse. The fields are: {', '.join(fields)}.",
            )
        names[match[1].lower()] = match[2]
    return names


def _folded(name: str) -> str:
    return name.strip().casefold()
