"""An import from its first line to its last: read, check, take in by chunks, report.

A chunk is one transaction. It is as large as can be written in about 70 ms, because on SQLite
nobody else can write meanwhile, and somebody who unsubscribes must not wait. Chunks are cut from
a window of rows that were put in order; while one is written, another thread reads and checks
as many of the next. After a crash the same file can be imported again: what has been taken in is
found unchanged.
"""

import gc
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from sqlalchemy import Engine

from pinlabs_mailer.db.bulk import loading
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.errors import BadInput, Stopped
from pinlabs_mailer.transfer import chunk
from pinlabs_mailer.transfer.chunk import Order
from pinlabs_mailer.transfer.columns import Columns, read_header
from pinlabs_mailer.transfer.encoding import Text, open_text
from pinlabs_mailer.transfer.forms import listmonk, mailchimp, own
from pinlabs_mailer.transfer.newcomers import Overtaken
from pinlabs_mailer.transfer.outcome import Fate, Outcome, Summary
from pinlabs_mailer.transfer.person import Person, Terms
from pinlabs_mailer.transfer.report import Report
from pinlabs_mailer.transfer.stated import Reading
from pinlabs_mailer.transfer.table import Line, Record, lines, records
from pinlabs_mailer.transfer.window import Ahead

FORMS: Mapping[str, Callable[[Columns, str], Reading]] = {
    "own": own.arrange,
    "listmonk": listmonk.arrange,
    "mailchimp": mailchimp.arrange,
}
_SECONDS = 0.07
_FEWEST, _MOST = 20, 4_000
_LET_IN = 0.005
"""Between two chunks, for whoever waits to write: they look every 1 to 4 ms (`db.engine`). The
next rows are read meanwhile."""

Progress = Callable[[int, int], bool]
"""Is told how many lines are done and how many there are; answers whether to go on."""


@dataclass(frozen=True)
class Source:
    """A file that has been found to be readable."""

    text: Text
    delimiter: str
    columns: Columns
    reading: Reading

    def records(self) -> Iterator[Record]:
        """Yield every record after the header."""
        return records(
            islice(lines(self.text.blocks()), 1, None), self.delimiter, len(self.columns)
        )


def open_source(
    path: Path, form: str, mapping: Mapping[str, str], encoding: str | None = None
) -> Source:
    """Open a file and find out how to read it, or raise BadInput. Nothing is taken in yet.

    The caller closes it.
    """
    text = open_text(path, encoding)
    try:
        header = next(lines(text.blocks()), Line(1, ""))
        if header.too_long or not header.text.strip():
            raise BadInput(f"{path} has no header in its first line.", "Name the columns there.")
        delimiter, columns = read_header(header.text)
        columns = columns.renamed(mapping)
        return Source(text, delimiter, columns, FORMS[form](columns, path.name))
    except BaseException:
        text.file.close()
        raise


def run(
    engine: Engine, source: Source, terms: Terms, order: Order, report: Report, progress: Progress
) -> Summary:
    """Take in all that the file has, and return the numbers.

    Raises Stopped when `progress` says so; what was taken in until then stays.
    """
    with loading(engine), _rare_collections():
        return _run(engine, source, terms, order, report, progress)


def _run(
    engine: Engine, source: Source, terms: Terms, order: Order, report: Report, progress: Progress
) -> Summary:
    summary, size = Summary(), 500
    ahead = Ahead(source.records(), source.reading, terms)
    with ThreadPoolExecutor(1, "reading ahead") as aside:
        while (window := ahead.window()) is not None:
            summary.outcomes[Outcome.REFUSED] += len(window.refused)
            fates, first, going = window.refused, 0, True
            while going and (people := window.people[first : first + size]):
                first += len(people)
                coming = aside.submit(ahead.read, size)
                time.sleep(_LET_IN)
                began = time.perf_counter()
                fates += _take(engine, people, order, summary)
                possible = size * min(2, _SECONDS / (time.perf_counter() - began))
                coming.result()
                if len(people) == size:  # the last of a window says little
                    size = round(min(_MOST, max(_FEWEST, possible)))
                going = progress(min(summary.rows, window.last_line), source.text.lines)
            report.add(fates)
            if not (going and progress(window.last_line, source.text.lines)):
                raise Stopped(
                    f"Stopped after {summary.rows} rows, which are taken in.",
                    "Run the same command again: it goes through the whole file, and changes "
                    "nothing twice.",
                )
    return summary


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Rows come and go by the thousand and none is part of a cycle: looking for cycles among them,
    and again and again among all that the program has loaded, would cost a sixth of the time."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(100_000, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def _take(engine: Engine, people: Sequence[Person], order: Order, summary: Summary) -> list[Fate]:
    if order.dry_run:
        with reading(engine) as connection:
            return chunk.take(connection, people, order, summary)
    while True:
        try:
            with writing(engine) as connection:
                return chunk.take(connection, people, order, summary)
        except Overtaken:
            continue  # each time somebody else has made a person, so this ends
