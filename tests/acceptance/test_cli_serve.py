"""`serve --work` is a whole installation in one process, and ends when it is told to."""

import signal
import socket
import time
import urllib.request
from urllib.parse import urlencode

import pytest
from selectolax.lexbor import LexborHTMLParser

from tests.support.installations import GIVEN
from tests.support.program import Program
from tests.support.relay import Relay


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def fetch(url: str, data: bytes | None = None) -> str:
    with urllib.request.urlopen(url, data, timeout=10) as answer:
        return str(answer.read().decode())


def join(site: str, **fields: str) -> None:
    """Open the sign-up form, take a moment to fill it in, and send it."""
    page = LexborHTMLParser(fetch(f"{site}/join"))
    hidden = {
        str(one.attributes["name"]): one.attributes["value"] or ""
        for one in page.css("input[type=hidden]")
    }
    time.sleep(2.1)
    fetch(f"{site}/join", urlencode({**hidden, **fields}).encode())


@pytest.fixture
def fresh(empty_database_url: str, relay: Relay) -> Program:
    """An installation of this moment, so that no issue is due before next week."""
    given = {
        **GIVEN,
        "database_url": empty_database_url,
        "base_url": "",
        "smtp_url": f"smtp://127.0.0.1:{relay.port}",
    }
    program = Program(given)
    program("db", "upgrade")
    return program


def test_somebody_joins_and_confirms_at_one_process(fresh: Program, relay: Relay) -> None:
    port = free_port()
    with fresh.running("serve", "--work", "--port", str(port)) as running:
        assert f"http://localhost:{port}" in running.said
        site = f"http://127.0.0.1:{port}"
        assert fetch(f"{site}/readyz") == "ok\n"
        join(site, email="ada@example.org", topic="projects")
        (mail,) = relay.wait_for(1)
        link = next(
            line for line in mail.data.decode().replace("=\r\n", "").splitlines()
            if line.startswith(f"http://localhost:{port}/confirm/")
        )  # fmt: skip
        token = link.rpartition("/")[2]
        fetch(f"{site}/confirm/{token}", b"")
        assert token not in running.said
    assert running.code == 0
    shown = fresh.json("subscriber", "show", "ada@example.org")
    assert shown["subscriptions"][0]["status"] == "confirmed"


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("command", "end"),
    [
        ("work", signal.SIGINT),
        ("serve --port 0", signal.SIGINT),
        ("serve --work --port 0", signal.SIGTERM),
        ("serve --work --port 0", signal.SIGINT),
    ],
)
def test_an_idle_process_ends_at_once_and_cleanly(
    program: Program, command: str, end: signal.Signals
) -> None:
    with program.running(*command.split(), end=end, max_age="1s") as running:
        asked = time.monotonic()
    assert running.code == 0
    assert time.monotonic() - asked < 5


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_dead_relay_does_not_end_it(program: Program, relay: Relay) -> None:
    relay.refuse()
    program("subscribe", "ada@example.org", "--no-wait")
    with program.running("serve", "--work", "--port", "0", max_age="1s") as running:
        running.wait_for("Trying again in 2 seconds")
        relay.listen()
        relay.wait_for(1)
    assert running.code == 0


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_what_is_missing_or_taken_is_told_at_the_start(program: Program) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = program("serve", "--port", str(port), code=3)
        assert f"127.0.0.1:{port}: Address already in use" in done.err
        assert "--port" in done.err
    for command in ("work", "serve --work --port 0"):
        done = program(*command.split(), code=3, postal_address="")
        assert "PINLABS_POSTAL_ADDRESS is not set" in done.err
    done = program("serve", "--port", "0", code=3, database_url="sqlite:///nowhere.db")
    assert "db upgrade" in done.err
