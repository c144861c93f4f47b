"""What follows from what the relay says and from what comes back: the same, by one table."""

from collections.abc import Iterator
from typing import Any

import pytest

from pinlabs_mailer.community import subscribers
from pinlabs_mailer.community.address import parse_address
from pinlabs_mailer.db.engine import reading
from pinlabs_mailer.db.words import Bounce, SuppressionReason
from pinlabs_mailer.outbox.states import Move
from tests.store.returning import ADA, BOB, Scene, scene
from tests.support import returned


@pytest.fixture
def here(database_url: str) -> Iterator[Scene]:
    with scene(database_url) as one:
        yield one


def refuse(bounce: Bounce) -> dict[str, Any]:
    """Return a refusal by the relay."""
    return {
        "move": Move.REFUSE, "reason": "refused", "code": 550, "reply": "550 no", "bounce": bounce
    }  # fmt: skip


def every_five_days(here: Scene, said: tuple[str, str], times: int, *, by_relay: bool) -> None:
    """Send that many issues, all of which end alike for Ada."""
    for number in range(times):
        if number:
            here.later(days=5)
        if by_relay:
            here.send(**refuse(Bounce.SOFT))
        else:
            here.take(returned.bounce(here.send()[ADA], said))


@pytest.mark.parametrize("by_relay", [True, False])
def test_soft_is_suppressed_after_four_issues_over_fifteen_days(
    here: Scene, by_relay: bool
) -> None:
    every_five_days(here, returned.FULL, 3, by_relay=by_relay)
    assert here.suppressed() is None
    here.later(days=5)
    every_five_days(here, returned.FULL, 1, by_relay=by_relay)
    assert here.suppressed() is SuppressionReason.BOUNCE


def test_soft_is_reset_by_a_success(here: Scene) -> None:
    every_five_days(here, returned.FULL, 3, by_relay=False)
    here.later(days=5)
    here.send()
    here.later(days=5)
    every_five_days(here, returned.FULL, 3, by_relay=False)
    assert here.suppressed() is None


@pytest.mark.parametrize(
    "said", [returned.POLICY, returned.CONTENT, returned.AUTHENTICATION, returned.RATE]
)
def test_what_is_our_fault_never_suppresses_and_is_told(
    here: Scene, said: tuple[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    act = here.take(returned.bounce(here.send()[ADA], said))
    assert (act.outcome, act.done, here.suppressed()) == ("taken", "tell", None)
    assert "because of us" in caplog.text
    assert ADA not in caplog.text
    shown = here.issue()
    assert (shown["bounced"], shown["refused_us"]) == (1, 1)


def test_what_the_relay_refuses_because_of_us_is_told_in_the_issue(here: Scene) -> None:
    here.send(**refuse(Bounce.SENDER))
    shown = here.issue()
    assert (shown["failed"], shown["refused_us"], shown["bounced"]) == (2, 2, 0)
    assert here.suppressed() is None


@pytest.mark.parametrize("by_relay", [True, False])
def test_a_domain_that_is_gone_is_suppressed_by_the_second_mail_a_day_later(
    here: Scene, by_relay: bool
) -> None:
    for days, expected in ((0, None), (1, SuppressionReason.BOUNCE)):
        here.later(days=days)
        if by_relay:
            here.send(**refuse(Bounce.DOMAIN))
        else:
            here.take(returned.bounce(here.send()[ADA], returned.NO_DOMAIN))
        assert here.suppressed() is expected


def test_a_hard_refusal_by_the_relay_suppresses_at_once_and_says_why(here: Scene) -> None:
    here.send(**refuse(Bounce.HARD))
    assert here.suppressed() is SuppressionReason.BOUNCE
    assert here.delivery()["bounce"] == "hard"
    assert here.delivery()["bounced_at"] is None


def test_c1_a_complaint_suppresses_and_withdraws_by_the_provider(here: Scene) -> None:
    mails = here.send()
    act = here.take(returned.complaint(mails[ADA]))
    assert (act.kind, act.done, here.suppressed()) == ("complaint", "end", "complaint")
    with reading(here.app.engine) as connection:
        person = subscribers.by_address(connection, parse_address(ADA))
        (held,) = subscribers.subscriptions(connection, person.id)
        last = subscribers.history(connection, person.id)[-1]
    assert held["status"] == "withdrawn"
    assert (last["change"], last["actor"], last["source"]) == ("withdrawn", "provider", "complaint")
    assert here.delivery()["complained_at"] == here.clock()
    assert here.issue()["complained"] == 1
    assert here.suppressed(BOB) is None


@pytest.mark.parametrize("type_", ["not-spam", "auth-failure"])
def test_a_report_that_is_no_complaint_changes_nothing(here: Scene, type_: str) -> None:
    here.take(returned.complaint(here.send()[ADA], type_=type_))
    assert here.suppressed() is None


def test_a_hard_bounce_weighs_more_than_a_soft_one_before_it(here: Scene) -> None:
    mails = here.send()
    here.take(returned.bounce(mails[ADA], returned.FULL))
    here.take(returned.bounce(mails[ADA]))
    assert here.suppressed() is SuppressionReason.BOUNCE
    assert here.issue()["bounced"] == 1


def test_a_soft_bounce_after_a_hard_one_changes_nothing(here: Scene) -> None:
    mails = here.send()
    here.take(returned.bounce(mails[ADA]))
    here.take(returned.bounce(mails[ADA], returned.POLICY))
    assert here.delivery()["bounce"] == "hard"
    assert here.issue()["refused_us"] == 0
