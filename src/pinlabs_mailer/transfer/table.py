"""Records of a CSV file, one after the other, whatever is wrong with some of them.

Reads in flat memory. A line that is broken is yielded as such and costs no other line: a quote
that is not closed would otherwise take everything after it into one cell.
"""

import csv
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

LONGEST_LINE = 65_536
_MOST_LINES = 100
"""Lines that one record may take, in characters and in lines."""

DELIMITERS = (",", ";", "\t")


class Record(NamedTuple):
    """One record, or what is wrong with it."""

    line: int
    """The line on which it begins; the first is 1."""
    cells: Sequence[str]
    fault: str = ""


class Line(NamedTuple):
    """One line of a file, without its end."""

    number: int
    text: str
    too_long: bool = False


def lines(blocks: Iterable[str]) -> Iterator[Line]:
    """Cut a text into its lines. Of one that is too long only the beginning is kept."""
    number, rest, too_long = 1, "", False
    for block in blocks:
        *whole, rest = (rest + block).split("\n")
        for text in whole:
            if too_long or len(text) > LONGEST_LINE:
                yield Line(number, text[:LONGEST_LINE], True)
                too_long = False
            else:
                yield Line(number, text)
            number += 1
        if len(rest) > LONGEST_LINE:
            too_long, rest = True, rest[:LONGEST_LINE]
    if rest:
        yield Line(number, rest, too_long)


def split(text: str, delimiter: str) -> list[str]:
    """Return the cells of a record, or raise csv.Error."""
    if '"' not in text:
        return text.split(delimiter)
    return next(csv.reader([text], delimiter=delimiter, strict=True), [])


def records(all_lines: Iterable[Line], delimiter: str, width: int) -> Iterator[Record]:
    """Yield every record of that many cells, and for each broken line what is wrong with it.

    Empty lines are no records.
    """
    waiting: deque[Line] = deque()
    source = iter(all_lines)
    while line := waiting.popleft() if waiting else next(source, None):
        if not line.text.strip():
            continue
        if line.too_long:
            yield Record(line.number, (), f"the line has more than {LONGEST_LINE} characters")
            continue
        text = line.text
        try:
            cells = split(text, delimiter)
        except csv.Error as error:
            joined = _joined(line, waiting, source, delimiter) if _is_open(error) else None
            if joined is None:
                fault = "a quote is not closed" if _is_open(error) else "a quote is misplaced"
                yield Record(line.number, (), fault)
                continue
            text, cells = joined
        if "\0" in text:
            yield Record(line.number, (), "it has a NUL in it")
        elif len(cells) != width:
            yield Record(line.number, cells, f"{len(cells)} cells where the header has {width}")
        else:
            yield Record(line.number, cells)


def _is_open(error: csv.Error) -> bool:
    return "unexpected end of data" in str(error)


def _joined(
    first: Line, waiting: deque[Line], source: Iterator[Line], delimiter: str
) -> tuple[str, list[str]] | None:
    """Return the record that begins on this line and ends on a later one.

    If there is none, all lines after the first wait to be read as records of their own.
    """
    taken: list[Line] = []
    text = first.text
    while len(taken) < _MOST_LINES and len(text) <= LONGEST_LINE:
        line = waiting.popleft() if waiting else next(source, None)
        if line is None:
            break
        taken.append(line)
        if line.too_long:
            break
        text = f"{text}\n{line.text}"
        if '"' not in line.text:
            continue
        try:
            return text, split(text, delimiter)
        except csv.Error as error:
            if not _is_open(error):
                break
    waiting.extendleft(reversed(taken))
    return None
