"""Rows of a file that are taken in together: read, checked, and in the order of their addresses.

Each chunk of a window then goes to a few places of the index of addresses, where rows in no order
would go to as many as there are rows, and every page that is touched is written again.
"""

from collections.abc import Iterator
from typing import NamedTuple

from pinlabs_mailer.errors import UsageError
from pinlabs_mailer.transfer.outcome import Fate, Outcome
from pinlabs_mailer.transfer.person import Person, Terms, check
from pinlabs_mailer.transfer.stated import Reading
from pinlabs_mailer.transfer.table import Record

_ROWS = 50_000
_LONG = 500
"""Characters of evidence that take as much memory as a row, and count as one."""


class Window(NamedTuple):
    """Some rows that follow each other in a file."""

    people: list[Person]
    refused: list[Fate]
    last_line: int


class Ahead:
    """Reads the next window bit by bit, whenever there is time for that."""

    def __init__(self, records: Iterator[Record], reading: Reading, terms: Terms) -> None:
        self._records, self._reading, self._terms = records, reading, terms
        self._begin()

    def _begin(self) -> None:
        self._people: list[Person] = []
        self._refused: list[Fate] = []
        self._room, self._line = _ROWS, 0

    def read(self, rows: int = _ROWS) -> None:
        """Read that many rows, or fewer if the file or the window has no more."""
        while rows > 0 and self._room > 0 and (record := next(self._records, None)):
            rows -= 1
            self._room -= 1
            line, cells, fault = record
            self._line = line
            if fault:
                self._refused.append(Fate(line, "", Outcome.REFUSED, fault))
                continue
            stated = self._reading(cells)
            try:
                person = check(stated, line, self._terms)
            except UsageError as error:
                self._refused.append(Fate(line, stated.email[:254], Outcome.REFUSED, error.what))
                continue
            self._people.append(person)
            self._room -= len(person.evidence + person.note) // _LONG

    def window(self) -> Window | None:
        """Return the window, read to its end; None if the file has no more rows."""
        self.read()
        if not self._line:
            return None
        self._people.sort(key=_key)  # stable: rows of one address keep the order of the file
        window = Window(self._people, self._refused, self._line)
        self._begin()
        return window


def _key(person: Person) -> str:
    return person.address.key
