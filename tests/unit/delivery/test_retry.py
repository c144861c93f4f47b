"""When a delivery is tried again, and when no more."""

from datetime import UTC, datetime, timedelta

import pytest

from pinlabs_mailer.db.words import DeliveryKind
from pinlabs_mailer.delivery.retry import GIVE_UP_AFTER, Backoff

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
PAUSES = (timedelta(minutes=5), timedelta(minutes=20), timedelta(hours=3))
EVEN, LOW, HIGH = 0.5, 0.0, 0.9999999
DIGEST, CONFIRM = DeliveryKind.DIGEST, DeliveryKind.CONFIRM


def pause(attempts: int, dice: float = EVEN) -> timedelta:
    again = Backoff(PAUSES, lambda: dice).next_try(DIGEST, NOW, attempts, NOW)
    assert again is not None
    return again - NOW


def test_each_try_waits_its_pause_and_the_last_is_repeated() -> None:
    assert [pause(attempts) for attempts in range(5)] == [*PAUSES, PAUSES[2], PAUSES[2]]
    assert pause(1000) == PAUSES[2]


@pytest.mark.parametrize("attempts", range(4))
def test_jitter_is_a_fifth_either_way(attempts: int) -> None:
    even = pause(attempts)
    assert pause(attempts, LOW) == even * 0.8
    assert even * 1.199 < pause(attempts, HIGH) < even * 1.2


def test_each_try_throws_the_dice_anew() -> None:
    throws = iter([0.0, 0.5])
    backoff = Backoff(PAUSES, lambda: next(throws))
    first, second = (backoff.next_try(DIGEST, NOW, 0, NOW) for _ in range(2))
    assert (first, second) == (NOW + PAUSES[0] * 0.8, NOW + PAUSES[0])


@pytest.mark.parametrize(
    ("kind", "age"), [(DIGEST, timedelta(hours=48)), (CONFIRM, timedelta(hours=2))]
)
def test_a_try_beyond_the_age_is_not_made(kind: DeliveryKind, age: timedelta) -> None:
    backoff = Backoff(PAUSES, lambda: EVEN)
    last = NOW + age - PAUSES[0]
    assert backoff.next_try(kind, NOW, 0, last) == NOW + age
    assert backoff.next_try(kind, NOW, 0, last + timedelta(seconds=1)) is None


def test_the_age_counts_from_when_the_delivery_was_made() -> None:
    backoff = Backoff(PAUSES, lambda: EVEN)
    long_ago = NOW - timedelta(days=3)
    assert backoff.next_try(DIGEST, long_ago, 0, NOW) is None


def test_every_kind_has_its_age() -> None:
    assert set(GIVE_UP_AFTER) == set(DeliveryKind)


def test_a_confirmation_is_given_up_rather_than_sent_too_late() -> None:
    backoff = Backoff(PAUSES, lambda: EVEN)
    assert backoff.next_try(CONFIRM, NOW, 2, NOW) is None  # a pause of 3 hours
