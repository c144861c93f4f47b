"""Exports: everybody with where they stand, harmless in a spreadsheet, and back again unchanged."""

import csv
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from sqlalchemy import Engine

from pinlabs_mailer.community import consent, subscribers
from pinlabs_mailer.community.address import parse_address
from pinlabs_mailer.community.consent import Change
from pinlabs_mailer.community.suppression import suppress
from pinlabs_mailer.db import schema
from pinlabs_mailer.db.engine import open_engine, reading, writing
from pinlabs_mailer.db.words import ConsentChange, Frequency, SuppressionReason
from pinlabs_mailer.transfer.stated import Stated
from tests.store.consents import how, with_history
from tests.store.imports import NOW, exported, people, row, standings, take_in


@pytest.fixture
def another(tmp_path: Path) -> Iterator[Engine]:
    """An empty database to move to."""
    engine = open_engine(f"sqlite:///{tmp_path / 'another.db'}")
    schema.upgrade(engine, NOW)
    yield engine
    engine.dispose()


def move(text: str, engine: Engine) -> None:
    header, *rows = text.rstrip("\n").split("\n")
    done = take_in(engine, *rows, header=header, now=NOW + timedelta(days=1))
    assert set(done.outcomes) <= {"added", "changed"}


def change(engine: Engine, email: str, *changes: tuple[int, ConsentChange]) -> None:
    with writing(engine) as connection:
        one = subscribers.ensure(connection, parse_address(email), NOW)
        consent.record(
            connection,
            [
                Change(one, topic, what, how(hour), Frequency.MONTHLY)
                for hour, (topic, what) in enumerate(changes)
            ],
        )


def in_force(engine: Engine) -> dict[tuple[str, str], tuple[str, str]]:
    """Where everybody stands; how often a mail was promised goes with a withdrawal."""
    return {
        key: (status, "" if status == "withdrawn" else frequency)
        for key, (status, frequency) in standings(engine).items()
    }


def everybody(engine: Engine) -> None:
    """Make people who stand in every way there is."""
    with_history(engine, "history@example.org")
    change(engine, "gone@example.org", (1, ConsentChange.REQUESTED), (1, ConsentChange.WITHDRAWN))
    change(engine, "over@example.org", (3, ConsentChange.CONFIRMED), (3, ConsentChange.EXPIRED))
    change(engine, "asked@example.org", (1, ConsentChange.REQUESTED))
    change(engine, "asked@example.org", (2, ConsentChange.CONFIRMED))
    change(engine, "late@example.org", (2, ConsentChange.REQUESTED), (2, ConsentChange.EXPIRED))
    more = {"name": "=cmd|' /C calc'!A0", "locale": "de", "timezone": "Europe/Berlin"}
    take_in(engine, row("=1+1@example.org", **more), row("'+x@example.org", name="'Zoë"))
    take_in(engine, '-a@example.org,,,,,jobs,2024-05-03,"one', 'two, ""three"""')
    with writing(engine) as connection:
        for key in ("gone@example.org", "unknown@example.org"):
            suppress(connection, key, SuppressionReason.COMPLAINT, NOW, "by its feedback loop")


def test_an_export_moves_everybody_to_an_empty_database(engine: Engine, another: Engine) -> None:
    everybody(engine)
    moved = exported(engine)
    move(moved, another)
    assert in_force(another) == in_force(engine)
    kept = ("name", "locale", "timezone", "email_key")
    assert {email: [one[k] for k in kept] for email, one in people(another).items()} == {
        email: [one[k] for k in kept] for email, one in people(engine).items()
    }
    assert sorted(exported(another).splitlines()) == sorted(moved.splitlines())


def test_an_export_taken_in_again_changes_nothing(engine: Engine) -> None:
    everybody(engine)
    before = exported(engine)
    header, *rows = before.rstrip("\n").split("\n")
    path = Path("again.csv")
    done = take_in(engine, *rows, header=header, file=str(path), now=NOW + timedelta(days=1))
    assert set(done.outcomes) == {"unchanged"}
    assert exported(engine) == before


def test_no_cell_is_a_formula_for_a_spreadsheet(engine: Engine) -> None:
    everybody(engine)
    cells = [cell for one in csv.reader(StringIO(exported(engine))) for cell in one]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert "'=cmd|' /C calc'!A0" in cells
    assert "'=1+1@example.org" in cells


def test_the_header_is_the_one_that_import_knows(engine: Engine) -> None:
    assert exported(engine) == ",".join(Stated._fields) + "\n"


def test_topics_that_stand_alike_share_a_row(engine: Engine) -> None:
    take_in(engine, row("ada@example.org", topics="projects;jobs"))
    take_in(engine, row("ada@example.org", "", "", topics="events"))
    (first, second) = csv.DictReader(StringIO(exported(engine)))
    assert (first["topics"], first["status"], first["evidence"]) == (
        "projects;jobs",
        "confirmed",
        "a form",
    )
    assert first["consented_at"] == "2024-05-03T00:00:00Z"
    assert (second["topics"], second["status"]) == ("events", "pending")


def test_more_people_than_are_read_at_once(engine: Engine) -> None:
    take_in(engine, *(f"p{number}@example.org" for number in range(2_100)), header="email")
    with reading(engine):
        assert exported(engine).count("\n") == 2_101
