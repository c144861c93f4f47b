"""Signed mail on its way: every message that the relay has verifies, byte for byte as it came."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from pinlabs_mailer.app import App
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.db.tables import subscriber
from pinlabs_mailer.delivery.envelope import Envelope
from pinlabs_mailer.delivery.single import send_one
from pinlabs_mailer.digest import issues
from pinlabs_mailer.errors import Stopped
from pinlabs_mailer.mail import dkim_key
from pinlabs_mailer.mail.dkim import DkimKey, Seal
from tests.support import checklist
from tests.support.relay import Cut, Relay, on
from tests.support.relay.script import Answer, Step
from tests.support.signatures import MailDkim, accepted_by_dkimpy

from .conftest import TUESDAY, MakeApp, ledger, open_issue

MANY = 300


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("key") / "dkim.pem"
    dkim_key.make(path, "s1", "pinlabs.example")
    return path


@pytest.fixture(scope="module")
def key(pem: Path) -> DkimKey:
    return dkim_key.read(pem, "s1", "pinlabs.example")


@pytest.fixture(scope="module")
def judge(key: DkimKey) -> Iterator[MailDkim]:
    with MailDkim(dkim_key.dns_record(key)) as judge:
        yield judge


@pytest.fixture
def app(make: MakeApp, pem: Path) -> App:
    """An installation that signs."""
    return make(dkim_key=str(pem), dkim_selector="s1")


def readers(number: int = MANY) -> list[str]:
    return [f"reader{which}@example.org" for which in range(number)]


def counted(app: App) -> dict[str, int]:
    """Return the numbers of the one issue that are not 0."""
    with reading(app.engine) as connection:
        report = issues.report(connection, issues.find(connection, "2026-11-24"))
    names = ("waiting", "accepted", "failed", "skipped", "expired", "in_doubt", "held")
    return {name: int(str(report[name])) for name in names if report[name]}


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"], indirect=True)
@pytest.mark.parametrize("pipelining", [True, False])
def test_every_message_verifies(
    app: App, relay: Relay, key: DkimKey, judge: MailDkim, pipelining: bool
) -> None:
    relay.play(pipelining=pipelining)
    open_issue(app, *readers(), "zoë@example.org")
    app.pump.run()
    assert counted(app) == {"accepted": MANY + 1}
    assert len({mail.recipient for mail in relay.messages}) == len(relay.messages) == MANY + 1
    for mail in relay.messages:
        assert checklist.value(mail.data, "To") == mail.recipient
        assert judge.verdict(mail.data) == "pass"
    record = dkim_key.dns_record(key)
    assert all(accepted_by_dkimpy(mail.data, record, TUESDAY) for mail in relay.messages[:50])


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_lines_that_begin_with_dots_arrive_as_they_were_signed(
    app: App, relay: Relay, key: DkimKey, judge: MailDkim
) -> None:
    """Ours never do; but the dots that SMTP doubles are no part of what is signed."""
    fixed = b"From: news@pinlabs.example\r\n"
    body = b".\r\n..\r\n.x\r\n\r\n.\r\n"
    message = Seal(key, fixed).signature([], body, TUESDAY) + fixed + b"\r\n" + body
    asyncio.run(send_one(app.account, Envelope("news@pinlabs.example", "a@b.example", message)))
    (mail,) = relay.messages
    assert mail.data == message
    assert judge.verdict(mail.data) == "pass"


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"], indirect=True)
def test_a_run_that_is_stopped_puts_back_what_was_signed_for_nothing(
    app: App, relay: Relay
) -> None:
    open_issue(app, *readers())
    stop = threading.Event()

    def enough(step: Step) -> Answer | None:
        if step.verb == "END" and step.count == 20:
            stop.set()
        return None

    relay.play(rules=(enough,), latency=0.01)
    with pytest.raises(Stopped):
        app.pump.run(None, stop)
    taken = len(relay.messages)
    assert 20 <= taken < MANY
    assert counted(app) == {"accepted": taken, "waiting": MANY - taken}
    relay.play(rules=(), latency=0.0)
    app.pump.run()
    assert counted(app) == {"accepted": MANY}
    assert len({mail.recipient for mail in relay.messages}) == len(relay.messages) == MANY


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_connections_that_are_cut_lose_nothing(app: App, relay: Relay) -> None:
    relay.play(rules=(on("MAIL", Cut(kept=False), every=25),))
    open_issue(app, *readers())
    app.pump.run()
    assert counted(app) == {"accepted": MANY}
    assert len({mail.recipient for mail in relay.messages}) == len(relay.messages) == MANY


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_message_that_cannot_be_written_fails_alone(app: App, relay: Relay) -> None:
    some = readers(20)
    open_issue(app, *some)
    with writing(app.engine) as connection:
        connection.execute(
            update(subscriber).where(subscriber.c.email == some[7]).values(name="A\x07da")
        )
    app.pump.run()
    failed = ledger(app)[some[7]]
    assert (failed["status"], failed["reason"]) == ("failed", "cannot be written")
    assert counted(app) == {"accepted": 19, "failed": 1}
