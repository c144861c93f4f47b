"""Whose network address counts: the peer's, unless a proxy of ours says on whose behalf it asks."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from pinlabs_mailer.app import worker
from pinlabs_mailer.db.engine import reading
from pinlabs_mailer.db.tables import consent_event
from tests.support.installations import Clock, confirmed
from tests.support.relay import Relay
from tests.support.site import Server, Site
from tests.web.attack import behind_a_proxy
from tests.web.people import ADA, JOINING, filled_in

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])
PEER = "127.0.0.1"


@pytest.fixture
def proxied(server: Server, database_url: str, relay: Relay, clock: Clock) -> Iterator[Site]:
    with behind_a_proxy(server, database_url, relay.port, clock) as site:
        yield site


def recorded(site: Site) -> str:
    """Return the network address in the latest consent event."""
    worker.take_up(site.app)
    latest = select(consent_event.c.network).order_by(consent_event.c.id.desc()).limit(1)
    with reading(site.app.engine) as connection:
        return str(connection.execute(latest).scalar_one())


@pytest.mark.parametrize(
    ("header", "client"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8::1", "2001:db8::1"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("192.0.2.1, 203.0.113.7", "203.0.113.7"),  # the client wrote the first itself
        ("203.0.113.7, 10.9.1.1", "203.0.113.7"),
        ("203.0.113.7,10.9.1.1 ,  127.0.0.1", "203.0.113.7"),
        ("rubbish, 203.0.113.7", "203.0.113.7"),  # what is further left is nobody's word
        ("10.9.1.1", PEER),
        ("", PEER),
        (" , ", PEER),
        ("203.0.113.7,", PEER),
        ("203.0.113.7, rubbish", PEER),
        ("203.0.113.7:4711", PEER),
        ("[2001:db8::1]", PEER),
        ("fe80::1%eth0", PEER),
        ("203.0.113.07", PEER),
        ("203.0.113.7'--", PEER),
        ("999.0.0.1", PEER),
        ("unknown", PEER),
        ("\xff", PEER),
        ("203.0.113.7, " * 2000 + "rubbish", PEER),
        ("203.0.113.7, " + "10.9.1.1, " * 1000 + "10.9.1.1", PEER),
    ],
)
def test_a2_behind_a_proxy_the_header_is_read_from_the_right(
    proxied: Site, header: str, client: str
) -> None:
    answer = proxied.post("/join", filled_in(proxied, JOINING), X_Forwarded_For=header)
    assert answer.status == 200
    assert recorded(proxied) == client


def test_a_header_that_comes_twice_is_one_list(proxied: Site) -> None:
    raw = b"\r\n".join(
        [
            b"POST " + proxied_leave(proxied) + b" HTTP/1.1", b"Host: x", b"Connection: close",
            b"X-Forwarded-For: 192.0.2.1", b"X-Forwarded-For: 203.0.113.7", b"Content-Length: 0",
            b"", b"",
        ]
    )  # fmt: skip
    assert proxied.converse(raw).startswith(b"HTTP/1.1 200")
    assert recorded(proxied) == "203.0.113.7"


def proxied_leave(site: Site) -> bytes:
    confirmed(site.app, ADA)
    return site.leave_path(ADA).encode()


def test_whoever_leaves_is_recorded_the_same_way(proxied: Site) -> None:
    confirmed(proxied.app, ADA)
    proxied.post(proxied.leave_path(ADA), X_Forwarded_For="203.0.113.7")
    assert recorded(proxied) == "203.0.113.7"


def test_without_a_trusted_proxy_the_header_is_nobodys_word(site: Site) -> None:
    site.post("/join", filled_in(site, JOINING), X_Forwarded_For="203.0.113.7")
    assert recorded(site) == PEER
