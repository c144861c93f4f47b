"""Servers for the doctor to look at: names, a relay with TLS and a login, the pages over TLS."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from pinlabs_mailer.app import App
from pinlabs_mailer.db.engine import writing
from pinlabs_mailer.db.tables import installation
from pinlabs_mailer.mail import dkim_key
from tests.support.certificates import Certificates, make_certificates
from tests.support.installations import Clock, make_app
from tests.support.nameserver import NameServer
from tests.support.relay import Relay
from tests.support.site import Server

from .scene import FROM, PAGES, PASSWORD, RETURNS, SELECTOR, SENDING, SENDING_6, Scene, right_zone


@pytest.fixture(scope="session")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """The certificate of relay and pages, good for a while."""
    return make_certificates(tmp_path_factory.mktemp("shown"), PAGES, days=60)


@pytest.fixture(scope="session")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A DKIM key."""
    path = tmp_path_factory.mktemp("dkim") / "dkim.pem"
    dkim_key.make(path, SELECTOR, FROM)
    return path


@pytest.fixture(scope="session")
def record(key_file: Path) -> str:
    """What is to be published for the key."""
    return dkim_key.dns_record(dkim_key.read(key_file, SELECTOR, FROM)).value


@pytest.fixture
def names(record: str) -> Iterator[NameServer]:
    """A name server with everything as it should be."""
    with NameServer(right_zone(record)) as server:
        yield server


@pytest.fixture(scope="session")
def server(shown: Certificates) -> Iterator[Server]:
    """One TLS server for the pages of all tests."""
    with Server(shown) as server:
        yield server


@pytest.fixture
def scene(
    database_url: str,
    relay: Relay,
    names: NameServer,
    shown: Certificates,
    key_file: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Scene]:
    """An installation about which everything is right; its pages are not being served."""
    monkeypatch.setenv("SSL_CERT_FILE", str(shown.authority))
    relay.play(tls=shown.server_context(), users={"pin": PASSWORD})
    now = datetime.now(UTC)
    app = make_app(
        database_url,
        relay.port,
        Clock(now),
        smtp_url=f"smtp+starttls://pin:{PASSWORD}@localhost:{relay.port}",
        smtp_ca=str(shown.authority),
        smtp_helo="sender.pinlabs.example",
        sending_addresses=f"{SENDING},{SENDING_6}",
        return_domain=RETURNS,
        dkim_key=str(key_file),
        dkim_selector=SELECTOR,
    )
    # a port is for tests only, settings refuse it for https; nobody listens on this one
    base_url = f"https://{PAGES}:1"
    scene = Scene(App(replace(app.settings, base_url=base_url), app.clock), names, relay)
    app.close()
    with writing(scene.app.engine) as connection:
        connection.execute(update(installation).values(created_at=now - timedelta(hours=1)))
    yield scene
    scene.app.close()


@pytest.fixture
def served(scene: Scene, server: Server) -> Iterator[Scene]:
    """The same with its pages served."""
    scene.set(base_url=f"https://{PAGES}:{server.port}")
    with server.showing(scene.app):
        yield scene
