"""O7: an issue of which too much comes back pauses by itself, and says why."""

from collections.abc import Iterator
from typing import Any

import pytest

from pinlabs_mailer.db.engine import writing
from pinlabs_mailer.db.tables import issue_return
from pinlabs_mailer.db.words import Bounce
from pinlabs_mailer.delivery import ledger
from pinlabs_mailer.delivery.ledger import Result
from pinlabs_mailer.digest import halting
from pinlabs_mailer.outbox.states import Move
from tests.store.returning import Scene, scene
from tests.support import returned

HARD: dict[str, Any] = {
    "move": Move.REFUSE, "reason": "no such mailbox", "code": 550, "reply": "550 5.1.1 no",
    "bounce": Bounce.HARD,
}  # fmt: skip


@pytest.fixture
def here(database_url: str) -> Iterator[Scene]:
    """An issue for 260 readers that waits."""
    with scene(database_url, *(f"r{number}@example.org" for number in range(260))) as one:
        one.open()
        yield one


def test_o7_hard_bounces_at_3_percent_after_200_pause_it(here: Scene) -> None:
    here.deliver(195)
    mails = here.deliver(5, **HARD)
    assert (len(mails), here.issue()["status"], here.told) == (5, "sending", [])
    here.deliver(1, **HARD)
    assert here.issue()["status"] == "sending"  # 6 of 201 are less than 3 %
    here.deliver(1, **HARD)
    (told,) = here.told
    shown = here.issue()
    assert (shown["status"], shown["waiting"]) == ("paused", 58)
    assert shown["paused_why"] == "7 hard bounces of 202 mails sent, 3.5 % where 3 % is too much"
    assert told == f"The issue 2026-11-24 is paused: {shown['paused_why']}."
    assert here.deliver() == {}


def test_o7_a_complaint_among_the_first_200_counts_once_200_were_sent(here: Scene) -> None:
    mails = here.deliver(150)
    here.take(returned.complaint(next(iter(mails.values()))))
    assert here.issue()["status"] == "sending"
    here.deliver(49)
    assert here.issue()["status"] == "sending"
    here.deliver(1)
    assert here.issue()["status"] == "paused"
    assert here.issue()["paused_why"].startswith("1 complaints of 200 mails sent, 0.5 %")


def test_o7_reports_that_come_back_pause_it_in_the_transaction_that_records_them(
    here: Scene,
) -> None:
    mails = list(here.deliver(220).values())
    for mail in mails[:6]:
        here.take(returned.bounce(mail))
    assert here.issue()["status"] == "sending"
    here.take(returned.bounce(mails[6]))
    assert here.issue()["status"] == "paused"


def test_o7_soft_bounces_and_refusals_because_of_us_do_not_pause_it(here: Scene) -> None:
    here.deliver(200)
    here.deliver(20, **{**HARD, "bounce": Bounce.SOFT})
    here.deliver(20, **{**HARD, "bounce": Bounce.SENDER})
    assert here.issue()["status"] == "sending"


def test_o7_an_operator_who_lets_it_go_on_is_not_asked_again_at_once(here: Scene) -> None:
    here.deliver(200)
    here.deliver(7, **HARD)
    assert here.issue()["status"] == "paused"
    halting.resume(here.app.engine, "2026-11-24")
    assert here.issue()["paused_why"] == ""
    here.deliver(6, **HARD)
    assert here.issue()["status"] == "sending"
    here.deliver(1, **HARD)
    assert here.issue()["status"] == "paused"


def test_o7_an_issue_that_is_all_sent_is_not_paused(here: Scene) -> None:
    here.deliver(200)
    here.deliver(60, **HARD)
    assert here.issue()["status"] == "sent"


def test_recording_twice_counts_once(here: Scene) -> None:
    with writing(here.app.engine) as connection:
        (one,), _ = ledger.start(connection, "us", here.clock(), 1)
        results = [Result(one.id, **HARD)]
        ledger.record(connection, results, here.clock())
        ledger.record(connection, results, here.clock())
    with writing(here.app.engine) as connection:
        found = connection.execute(issue_return.select()).all()
    assert [(row.what, row.number) for row in found] == [("hard", 1)]


def test_who_pauses_by_hand_is_named(here: Scene) -> None:
    halting.pause(here.app.engine, "2026-11-24")
    assert here.issue()["paused_why"] == "by hand"
