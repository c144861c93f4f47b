"""A body of 10 MB, announced or not: every page refuses it, and it takes no room."""

import resource
from collections.abc import Iterator

import pytest

from tests.support.installations import confirmed
from tests.support.relay import Relay
from tests.support.site import FORM, Body, Site, snapshot
from tests.web.people import ADA, JOINING, asked

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])
MEGABYTE = 1_000_000


def unannounced() -> Iterator[bytes]:
    """Yield a form of 10 MB, whose fields come first."""
    yield b"email=ada@example.org&topic=projects&List-Unsubscribe=One-Click&x="
    for _ in range(10):
        yield b"x" * MEGABYTE


@pytest.fixture
def paths(site: Site, relay: Relay) -> list[str]:
    confirmed(site.app, ADA)
    confirm = asked(site, relay.messages, "jobs")
    return ["/join", site.leave_path(ADA), confirm, "/u/x", "/confirm/x"]


@pytest.mark.parametrize("announced", [True, False])
@pytest.mark.parametrize("kind", [FORM, "multipart/form-data; boundary=b", "text/plain"])
def test_10_mb_are_refused_by_every_page(
    site: Site, paths: list[str], kind: str, announced: bool
) -> None:
    before = snapshot(site.app.engine)
    for path in [*paths, "/", "/healthz", "/readyz", "/static/site.css", "/nothing", "/join/"]:
        body: Body = b"".join(unannounced()) if announced else unannounced()
        assert (path, site.post(path, body, Content_Type=kind).status) == (path, 413)
    assert snapshot(site.app.engine) == before
    assert site.get("/healthz").status == 200


def test_an_endless_body_takes_no_room(site: Site, paths: list[str]) -> None:
    site.post("/join", unannounced(), Content_Type=FORM)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for path in paths:
        site.post(path, (b"x" * MEGABYTE for _ in range(50)), Content_Type=FORM)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak < 20_000  # kB


def test_a_get_with_10_mb_is_refused_too(site: Site, paths: list[str]) -> None:
    for path in paths:
        assert site.request("GET", path, unannounced()).status == 413


def test_a_body_at_the_limit_is_read(site: Site, paths: list[str]) -> None:
    fields = {**JOINING, "topic": "events"}
    room = 64_000 - len("email=ada%40example.org&topic=events&x=")
    assert site.post("/join", {**fields, "x": "x" * room}).status == 200
    assert site.post("/join", {**fields, "x": "x" * (room + 1)}).status == 413


def test_a_client_that_goes_away_half_way_changes_nothing(
    site: Site, paths: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    before = snapshot(site.app.engine)
    for path in paths:
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 27\r\nContent-Type: {FORM}"
        site.begin(f"{head}\r\n\r\nList-Unsub".encode()).close()
    assert site.get("/healthz").status == 200
    assert snapshot(site.app.engine) == before
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


@pytest.mark.parametrize("length", ["-1", "1e3", "0x10", "9" * 30, "10, 20", ""])
def test_a_length_that_is_none_is_refused(site: Site, paths: list[str], length: str) -> None:
    before = snapshot(site.app.engine)
    for path in paths:
        raw = f"POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}"
        assert site.converse(f"{raw}\r\n\r\n".encode())[:10] == b"HTTP/1.1 4"
    assert snapshot(site.app.engine) == before
