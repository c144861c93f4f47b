"""Every test here has the real pages under the real server, on both databases."""

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime

import pytest

from pinlabs_mailer.app import App
from tests.support.installations import Clock, make_app
from tests.support.relay import Relay
from tests.support.site import Server, Site


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


@pytest.fixture
def clock(now: datetime) -> Clock:
    return Clock(now)


@pytest.fixture
def app(database_url: str, relay: Relay, clock: Clock) -> Iterator[App]:
    with closing(make_app(database_url, relay.port, clock)) as app:
        yield app


@pytest.fixture
def site(app: App, server: Server) -> Iterator[Site]:
    with server.showing(app) as site:
        yield site
