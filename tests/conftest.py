"""What every test can ask for: a moment, a database of its own on both engines, a relay."""

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from pinlabs_mailer.db import schema
from pinlabs_mailer.db.engine import open_engine
from tests.support.certificates import Certificates, make_certificates
from tests.support.postgres import Postgres
from tests.support.relay import Relay

pytest_plugins = ["tests.support.strictness"]

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
TEMPLATE = "upgraded"


@pytest.fixture(autouse=True)
def _own_surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the settings of whoever runs the tests out, and our files out of the checkout."""
    for name in list(os.environ):
        if name.startswith("PINLABS_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session")
def now() -> datetime:
    """The moment at which tests take place, and at which their databases were set up."""
    return NOW


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One PostgreSQL for the whole run, with an upgraded database to copy."""
    with Postgres() as server:
        _upgrade(server.create(TEMPLATE))
        yield server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An upgraded SQLite file to copy."""
    path = tmp_path_factory.mktemp("template") / "upgraded.db"
    _upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """What a TLS server on localhost shows, and the authority to trust for it."""
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(params=["sqlite", "postgresql"])
def backend(request: pytest.FixtureRequest) -> str:
    """The name of the database engine; whoever asks for it runs once on each."""
    name: str = request.param
    return name


@pytest.fixture
def empty_database_url(
    backend: str, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[str]:
    """The address of a database with nothing in it; on SQLite the file does not exist yet."""
    if backend == "sqlite":
        yield f"sqlite:///{tmp_path / 'pinlabs-mailer.db'}"
    else:
        server: Postgres = request.getfixturevalue("postgres")
        with server.database() as url:
            yield url


@pytest.fixture
def database_url(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of this test's own database, upgraded at `now`."""
    if backend == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        path = shutil.copy(template, tmp_path / "pinlabs-mailer.db")
        yield f"sqlite:///{path}"
    else:
        server: Postgres = request.getfixturevalue("postgres")
        with server.database(TEMPLATE) as url:
            yield url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """The engine of this test's own database."""
    engine = open_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def relay() -> Iterator[Relay]:
    """A friendly relay, which `play` can change. No client of ours may break SMTP's rules."""
    with Relay() as relay:
        yield relay
    assert relay.violations == []


def _upgrade(url: str) -> None:
    engine = open_engine(url)
    schema.upgrade(engine, NOW)
    engine.dispose()
