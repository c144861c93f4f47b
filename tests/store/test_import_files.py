"""Imports of big files, and of files that change or are stopped midway."""

from io import StringIO
from pathlib import Path

import pytest
from sqlalchemy import Engine

from pinlabs_mailer.errors import BadInput, Stopped
from pinlabs_mailer.transfer import importing
from pinlabs_mailer.transfer.chunk import Order
from pinlabs_mailer.transfer.person import Terms
from pinlabs_mailer.transfer.report import Report
from tests.store.consents import how
from tests.store.imports import NOW, people, row, standings, take_in
from tests.support.installations import LIMITS


def test_a_file_that_changes_while_it_is_read_is_told_and_nothing_hangs(
    engine: Engine, tmp_path: Path
) -> None:
    path = tmp_path / "people.csv"
    path.write_text("email\nada@example.org\n", encoding="utf-8")
    source = importing.open_source(path, "own", {})
    path.write_bytes(b"email\n" + b"ada@example.org\n" * 100_000 + b"\xff@example.org\n")
    order = Order(how(), LIMITS)
    terms = Terms(NOW, {"projects": 1}, ("projects",))
    with source.text.file, pytest.raises(BadInput, match="was changed while it was read"):
        importing.run(engine, source, terms, order, Report(StringIO()), lambda *_: True)
    assert len(people(engine)) == 1


def test_a_row_far_into_a_big_file_is_told_with_its_line_and_in_the_order_of_lines(
    engine: Engine,
) -> None:
    many = 26_000  # more than a window, in an order that is not that of the addresses
    rows = [f"p{number * 7919 % many:05}@example.org" for number in range(many)]
    for line in (3, 24_990, 25_500):
        rows[line - 2] = f"line {line}"
    done = take_in(engine, *rows, header="email")
    assert done.outcomes == {"added": many - 3, "refused": 3}
    told = [line.split(",")[:2] for line in done.report]
    assert told == [["3", "line 3"], ["24990", "line 24990"], ["25500", "line 25500"]]


def test_rows_of_one_person_in_two_windows_are_taken_in_the_order_of_the_file(
    engine: Engine,
) -> None:
    between = [row(f"p{number}@example.org") for number in range(50_000)]
    done = take_in(
        engine,
        row("zoe@example.org", "", ""),
        row("ada@example.org"),
        row("zoe@example.org", "2024-05-03", "a form"),
        *between,
        row("ada@example.org", "", ""),
    )
    assert done.outcomes == {"added": 50_002, "changed": 1, "unchanged": 1}
    assert [line.split(",")[0] for line in done.report] == ["4"]
    assert standings(engine)["zoe@example.org", "projects"][0] == "confirmed"


def test_an_import_of_refused_rows_alone_can_be_stopped(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("email\n" + "nobody\n" * 60_000, encoding="utf-8")
    reached: list[int] = []

    def stop(done: int, _all: int) -> bool:
        reached.append(done)
        return False

    source = importing.open_source(path, "own", {})
    terms = Terms(NOW, {"projects": 1}, ("projects",))
    with source.text.file, pytest.raises(Stopped, match="50000 rows"):
        importing.run(engine, source, terms, Order(how(), LIMITS), Report(StringIO()), stop)
    assert reached == [50_001]
