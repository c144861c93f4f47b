"""The scene of each fault, and the table at the end of `make faults`."""

import os
from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine

from pinlabs_mailer.db.engine import writing
from tests.faults import invariants, people
from tests.faults.invariants import Verdict
from tests.faults.scene import Scene
from tests.support.relay import Relay

FULL = os.environ.get("FAULTS") == "full"
"""All faults with all their recipients; otherwise a selection that takes seconds."""
HERE = str(Path(__file__).parent)

Verify = Callable[..., Verdict]


def pytest_configure(config: pytest.Config) -> None:
    """Name the mark of what `make test` has."""
    config.addinivalue_line("markers", "short(*databases): belongs to the selection of `make test`")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what takes long, unless everything is wanted."""
    if not FULL:
        long = [one for one in items if str(one.path).startswith(HERE) and not _is_short(one)]
        config.hook.pytest_deselected(items=long)
        items[:] = [one for one in items if one not in long]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table."""
    reports = [
        one
        for outcome in ("passed", "failed")
        for one in terminalreporter.stats.get(outcome, [])
        if isinstance(one, pytest.TestReport) and "tests/faults/" in one.nodeid
    ]
    if not FULL or not reports:
        return
    table = Table(*Verdict._fields, title="Faults", box=None)
    for report in sorted(reports, key=lambda one: one.nodeid):
        for name, value in report.user_properties:
            if name == "verdict":
                table.add_row(*str(value).split("|"))
        if report.failed:
            table.add_row(f"FAILED {report.nodeid.rpartition('::')[2]}")
    terminalreporter.write_line("")
    Console(width=150, file=terminalreporter._tw._file).print(table)


def _is_short(item: pytest.Item) -> bool:
    """Say whether `make test` has it, perhaps on one database only."""
    mark = item.get_closest_marker("short")
    assert isinstance(item, pytest.Function)
    return mark is not None and (not mark.args or item.callspec.params["backend"] in mark.args)


@pytest.fixture(scope="session")
def full() -> bool:
    """Whether the whole suite is wanted."""
    return FULL


@pytest.fixture
def scene(database_url: str, engine: Engine, relay: Relay, full: bool) -> Iterator[Scene]:
    """An issue that is due now, and everybody who is to get it."""
    now = datetime.now(UTC) - timedelta(seconds=5)
    readers = int(os.environ.get("FAULTS_READERS", "3000" if full else "300"))
    with writing(engine) as connection:
        people.fill(connection, readers, now)
    made = Scene(database_url, engine, relay, readers, now)
    yield made
    made.end()


@pytest.fixture
def verify(scene: Scene, record_property: Callable[[str, object], None]) -> Verify:
    """Check that nothing is lost, and note it for the table."""

    def check(fault: str, allowed: str = "none", may: Collection[str] = ()) -> Verdict:
        verdict = invariants.verify(scene, fault, allowed, may)
        seconds = f"{verdict.seconds:.1f}"
        record_property("verdict", "|".join([*map(str, verdict[:-1]), seconds]))
        return verdict

    return check
