"""Items D8, H2, H3, H5, H10 from outside, over TLS; and M4, the clock."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from pinlabs_mailer.db.engine import writing
from pinlabs_mailer.doctor.checks import clock, pages
from pinlabs_mailer.doctor.finding import State
from tests.support.certificates import Certificates, make_certificates
from tests.support.installations import Clock
from tests.support.site import Server, snapshot

from .scene import PAGES, Scene

only_sqlite = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
OK, WARNING, ERROR, UNKNOWN = State.OK, State.WARNING, State.ERROR, State.UNKNOWN


@contextmanager
def answering(scene: Scene, server: Server, path: str, answer: Response) -> Iterator[Scene]:
    """Serve the pages with one path answered by something that stands before them."""

    async def instead(_request: Request) -> Response:
        return answer

    scene.set(base_url=f"https://{PAGES}:{server.port}")
    with server.showing(scene.app, [Route(path, instead, methods=["GET", "POST"])]):
        yield scene


def test_d08_pages_that_are_right_pass_and_nothing_is_changed(served: Scene) -> None:
    before = snapshot(served.app.engine)
    states = served.states(pages.check)
    assert states.pop("pages.address") is WARNING  # loopback, as tests are
    assert states == dict.fromkeys(
        ("pages.tls", "pages.certificate", "pages.ready", "pages.one_click", "pages.uniform",
         "pages.headers"), OK,
    )  # fmt: skip
    assert snapshot(served.app.engine) == before


@only_sqlite
def test_d08_the_name_has_an_address(served: Scene) -> None:
    served.names.publish(PAGES, "A")
    (found,) = served.look(pages.check)
    assert (found.name, found.state) == ("pages.address", ERROR)


@only_sqlite
def test_d08_every_address_is_visited(served: Scene) -> None:
    served.names.publish(PAGES, "AAAA", "::1")  # where nobody listens
    found = [(one.state, one.seen) for one in served.look(pages.check) if one.name == "pages.ready"]
    assert [state for state, _ in found] == [OK, ERROR]
    assert "::1" in found[1][1]


@only_sqlite
def test_d08_links_to_this_machine_help_no_reader(served: Scene) -> None:
    served.set(base_url="http://localhost:1")
    assert served.states(pages.check)["pages.address"] is ERROR


@only_sqlite
def test_m15_a_long_base_url_is_told(served: Scene) -> None:
    served.set(base_url="https://newsletter.of.a.long.name.pinlabs.example")
    served.names.publish("newsletter.of.a.long.name.pinlabs.example", "A", "192.0.2.80")
    found = served.only(pages.check, "pages.address")
    assert (found.state, "35 characters" in found.seen) == (WARNING, True)


@only_sqlite
def test_d08_a_certificate_for_another_name(served: Scene, server: Server) -> None:
    served.names.publish("other.pinlabs.example", "A", "127.0.0.1")
    served.set(base_url=f"https://other.pinlabs.example:{server.port}")
    found = served.only(pages.check, "pages.ready")
    assert (found.state, "certificate" in found.seen) == (ERROR, True)


@only_sqlite
def test_d08_a_certificate_that_ends_soon(
    served: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    soon: Certificates = make_certificates(tmp_path, PAGES, days=5)
    monkeypatch.setenv("SSL_CERT_FILE", str(soon.authority))
    with Server(soon) as server, server.showing(served.app):
        served.set(base_url=f"https://{PAGES}:{server.port}")
        assert served.only(pages.check, "pages.certificate").state is WARNING


@only_sqlite
def test_d08_pages_that_are_not_served(scene: Scene) -> None:
    assert scene.states(pages.check)["pages.ready"] is ERROR


def test_d08_pages_without_their_database(served: Scene) -> None:
    with writing(served.app.engine) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    found = served.only(pages.check, "pages.ready")
    assert (found.state, "503" in found.seen) == (ERROR, True)


@only_sqlite
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_h03_rfc_8058_3_1_a_redirect_is_an_error(scene: Scene, server: Server, status: int) -> None:
    answer = RedirectResponse("https://elsewhere.test/\x1b[31m", status)
    with answering(scene, server, "/u/{token}", answer):
        found = scene.only(pages.check, "pages.one_click")
    assert (found.state, f"redirected ({status})" in found.seen) == (ERROR, True)
    assert found.seen.isprintable()


@only_sqlite
@pytest.mark.parametrize("status", [200, 403, 405, 502])
def test_h01_something_before_the_pages_that_answers_itself(
    scene: Scene, server: Server, status: int
) -> None:
    with answering(scene, server, "/u/{token}", PlainTextResponse("no", status)):
        assert scene.only(pages.check, "pages.one_click").state is ERROR


@only_sqlite
def test_h02_a_cookie_is_told(scene: Scene, server: Server) -> None:
    answer = PlainTextResponse("no", 404)
    answer.set_cookie("session", "1")
    with answering(scene, server, "/u/{token}", answer):
        found = scene.only(pages.check, "pages.headers")
    assert (found.state, "cookie" in found.seen) == (WARNING, True)


@only_sqlite
def test_h10_headers_that_get_lost_are_told(scene: Scene, server: Server) -> None:
    answer = PlainTextResponse("no", 404, {"cache-control": "max-age=600"})
    with answering(scene, server, "/u/{token}", answer):
        assert scene.states(pages.check)["pages.headers"] is WARNING


@only_sqlite
def test_h05_answers_that_tell_tokens_apart(scene: Scene, server: Server) -> None:
    count = iter(range(10))

    class Changing(PlainTextResponse):
        async def __call__(self, scope, receive, send) -> None:  # type: ignore[no-untyped-def]
            await PlainTextResponse(f"no {next(count)}", 404)(scope, receive, send)

    with answering(scene, server, "/u/{token}", Changing()):
        assert scene.states(pages.check)["pages.uniform"] is WARNING


def test_m04_clocks_that_agree(served: Scene) -> None:
    found = served.look(clock.check)
    assert {finding.state for finding in found} == {OK}
    with_database = served.app.engine.dialect.name == "postgresql"
    assert len(found) == 1 + with_database


@pytest.mark.parametrize(
    ("off", "state"),
    [
        (timedelta(seconds=-30), OK),
        (timedelta(minutes=2), WARNING),
        (timedelta(minutes=-10), ERROR),
        (timedelta(days=400), ERROR),
    ],
)
def test_m04_a_clock_that_is_off(served: Scene, off: timedelta, state: State) -> None:
    ours = served.app.clock
    assert isinstance(ours, Clock)
    ours.advance(off)
    assert {finding.state for finding in served.look(clock.check)} == {state}


@only_sqlite
def test_m04_without_another_clock_it_is_not_known(scene: Scene) -> None:
    assert scene.states(clock.check)["clock"] is UNKNOWN
