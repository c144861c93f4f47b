"""The rules of counting, without a database: when a cap is reached, and what a network is."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinlabs_mailer.community.limits import (
    HOUR,
    Cap,
    Counter,
    Limits,
    Scope,
    network_of,
    one_more,
    reached,
    roughly,
)
from pinlabs_mailer.tokens import Signer

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
CAP = Cap(Scope.NETWORK, "n", 3, HOUR)
KEYS = ("the newest key, of thirty-two signs", "the oldest key, of thirty-two signs")


def mails(times: list[datetime], cap: Cap = CAP) -> list[datetime]:
    """Return which of these requests get through."""
    counter, through = None, []
    for at in times:
        if not reached(cap, counter, at):
            counter = one_more(cap, counter, at)
            through.append(at)
    return through


def test_a1_one_a_day_is_one_in_any_24_hours() -> None:
    day = Cap(Scope.ADDRESS_IN_A_DAY, "d", 1, timedelta(days=1))
    assert mails([NOW + timedelta(hours=h) for h in range(73)], day) == [
        NOW + timedelta(days=d) for d in range(4)
    ]


def test_a_cap_is_reached_at_its_number_and_begins_anew_when_its_time_is_over() -> None:
    minutes = [NOW + timedelta(minutes=m) for m in range(63)]
    assert mails(minutes) == [*minutes[:3], *minutes[60:63]]


def test_a_refused_request_does_not_make_the_wait_longer() -> None:
    counter = Counter(3, NOW + HOUR)
    assert reached(CAP, counter, NOW + timedelta(minutes=59))
    assert not reached(CAP, counter, NOW + HOUR)


@given(st.lists(st.integers(0, 10_000), max_size=60))
def test_never_more_than_twice_the_number_within_any_window(seconds: list[int]) -> None:
    cap = CAP._replace(window=timedelta(seconds=600))
    through = mails([NOW + timedelta(seconds=s) for s in sorted(seconds)], cap)
    for at in through:
        assert sum(at <= other < at + cap.window for other in through) <= 2 * cap.most


@pytest.mark.parametrize(
    ("address", "network", "told"),
    [
        ("203.0.113.77", "203.0.113", "203.0.113.x"),
        ("203.0.113.1", "203.0.113", "203.0.113.x"),
        ("::ffff:203.0.113.1", "203.0.113", "203.0.113.x"),
        ("2001:db8:1:2::3", "2001:0db8:0001:0002", "2001:0db8:0001:0002:x"),
        ("2001:db8:1:2:ffff::3", "2001:0db8:0001:0002", "2001:0db8:0001:0002:x"),
        ("fe80::1%eth0", "fe80:0000:0000:0000", "fe80:0000:0000:0000:x"),
        ("", "", ""),
        ("localhost", "", ""),
        ("1.2.3", "", ""),
        ("'; DROP TABLE sign_up; --", "", ""),
    ],
)
def test_a2_a_network_is_a_24_or_a_64(address: str, network: str, told: str) -> None:
    assert network_of(address) == network
    assert roughly(address) == told


def test_what_is_counted_cannot_be_read_from_its_row() -> None:
    limits = Limits(Signer(KEYS).hide, 10, 10, 10)
    caps = limits.caps("ada@example.org", "203.0.113.7", "AAAAAAAAAAAA")
    assert {cap.scope for cap in caps} == set(Scope) - {Scope.STOPPED}
    subjects = [cap.subject for cap in caps] + limits.of_address("ada@example.org")
    assert not any("example" in subject or "203" in subject for subject in subjects)
    assert max(map(len, subjects)) == 23


def test_a_new_key_in_front_does_not_begin_counting_anew() -> None:
    old, rotated = Signer(KEYS[1:]), Signer(KEYS)
    assert old.hide("ada@example.org") == rotated.hide("ada@example.org")
    assert Signer(KEYS[:1]).hide("ada@example.org") != old.hide("ada@example.org")
