"""What a load balancer asks: does the process live, can it work."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from pinlabs_mailer.app import App
from pinlabs_mailer.db.engine import writing
from tests.support.installations import Clock, confirmed, make_app
from tests.support.relay import Relay
from tests.support.site import Server, Site
from tests.web.people import ADA, JOINING, standing


def revision(app: App, value: str) -> None:
    with writing(app.engine) as connection:
        connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{value}'")


def test_a_sound_installation_is_alive_and_ready(site: Site) -> None:
    for path in ("/healthz", "/readyz"):
        assert site.get(path).text == "ok\n"
        assert site.request("HEAD", path).status == 200
        assert site.post(path).status == 405


@pytest.mark.parametrize("found", ["0000", "9999_of_the_future"])
def test_a_database_of_another_revision_is_not_ready(site: Site, found: str) -> None:
    revision(site.app, found)
    answer = site.get("/readyz")
    assert (answer.status, answer.text) == (503, "not ready\n")
    assert site.get("/healthz").status == 200


def test_a_database_without_tables_is_not_ready(site: Site) -> None:
    with writing(site.app.engine) as connection:
        connection.exec_driver_sql("DROP TABLE alembic_version")
    assert site.get("/readyz").status == 503


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_database_that_is_damaged_is_not_ready(
    server: Server, database_url: str, relay: Relay, clock: Clock, tmp_path: Path
) -> None:
    with closing(make_app(database_url, relay.port, clock)) as app, server.showing(app) as site:
        app.close()
        (tmp_path / "pinlabs-mailer.db").write_bytes(b"no database at all" * 500)
        assert site.get("/readyz").status == 503
        assert site.get("/healthz").status == 200
        assert site.post("/join", JOINING).status == 503
        assert site.get("/nothing").status == 404


@pytest.mark.parametrize("backend", ["postgresql"])
def test_while_the_database_is_away_pages_say_to_come_again(site: Site) -> None:
    confirmed(site.app, ADA)
    path = site.leave_path(ADA)
    with closed_database(site.app):
        assert site.get("/readyz").status == 503
        for answer in (site.get("/join"), site.get(path), site.post(path)):
            assert answer.status == 503
            assert answer.headers["retry-after"] == "30"
    assert site.post(path).status == 200
    assert standing(site.app.engine) == {"projects": "withdrawn"}


@contextmanager
def closed_database(app: App) -> Iterator[None]:
    """Cut every connection to the database and let nobody in."""
    url = app.bare_engine.url
    server = create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.exec_driver_sql(f"ALTER DATABASE {url.database} ALLOW_CONNECTIONS false")
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            f"WHERE datname = '{url.database}'"
        )
        yield
        connection.exec_driver_sql(f"ALTER DATABASE {url.database} ALLOW_CONNECTIONS true")
    server.dispose()
