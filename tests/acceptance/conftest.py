"""An installation to run the program on."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime

import pytest

from pinlabs_mailer.app import App
from tests.support.installations import GIVEN, Clock, make_app
from tests.support.program import Program
from tests.support.relay import Relay

TUESDAY = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.fixture
def program(database_url: str, relay: Relay) -> Program:
    """The program with all settings that sending needs, and a relay that is friendly."""
    return Program(
        {**GIVEN, "database_url": database_url, "smtp_url": f"smtp://127.0.0.1:{relay.port}"}
    )


@pytest.fixture
def inside(database_url: str, relay: Relay, now: datetime) -> Iterator[App]:
    """The same installation from inside: a quick way to bring it to where a test begins."""
    with closing(make_app(database_url, relay.port, Clock(now))) as app:
        yield app
