"""How fast, to whom."""

import pytest

from pinlabs_mailer.delivery.pacing import Bucket, Pacing

ADA, BOB, EVE = "ada@gmail.example", "bob@googlemail.example", "eve@other.example"


def test_nothing_is_slowed_down_unless_somebody_says_so() -> None:
    pacing = Pacing()
    assert pacing.room(10_000, 0) == 10_000
    assert not pacing.by_destination


def test_a_bucket_gives_its_rate_and_never_more_than_a_second_at_once() -> None:
    bucket = Bucket(10)
    sent = 0
    for tick in range(301):  # three seconds
        while bucket.available(tick / 100) >= 1:
            bucket.take()
            sent += 1
    assert sent in (39, 40)  # ten at once, then ten a second
    assert bucket.available(1000) == 10


def test_a_slow_rate_still_lets_one_go() -> None:
    bucket = Bucket(0.5)
    assert bucket.available(0) == 1
    bucket.take()
    assert bucket.wait() == pytest.approx(2)
    assert bucket.available(1.9) < 1 <= bucket.available(2)


def test_the_rate_over_all_bounds_what_is_started() -> None:
    pacing = Pacing(overall=5)
    assert pacing.room(100, 0) == 5
    pacing.started(5)
    assert pacing.room(100, 0) == 0
    assert pacing.room(100, 0.4) == 2


def test_destinations_share_the_rate_of_their_organisation() -> None:
    pacing = Pacing(
        rates={"google": 1, "*": 100},
        organisations={"gmail.example": "google", "googlemail.example": "google"},
    )
    assert pacing.wait(ADA, 0) == 0
    pacing.departs(ADA)
    assert pacing.wait(BOB, 0) == pytest.approx(1)
    assert pacing.wait(EVE, 0) == 0
    assert pacing.wait(BOB, 1) == 0


def test_who_asks_for_less_gets_a_pause_and_then_one_at_a_time() -> None:
    pacing = Pacing()
    pacing.arrived(ADA, accepted=False, slow_down=True, now=0)
    assert pacing.by_destination
    assert pacing.wait(ADA, 1) == 59
    assert pacing.wait(EVE, 1) == 0
    assert pacing.wait(ADA, 60) == 0
    pacing.departs(ADA)
    assert pacing.wait(ADA, 60) > 0


def test_the_way_widens_step_by_step_and_ends_as_wide_as_ever() -> None:
    pacing = Pacing()
    pacing.arrived(ADA, accepted=False, slow_down=True, now=0)
    widths = []
    for _ in range(6_000):
        under_way = 0
        while pacing.wait(ADA, 100) == 0 and under_way < 100:
            pacing.departs(ADA)
            under_way += 1
        widths.append(under_way)
        for _ in range(under_way):
            pacing.arrived(ADA, accepted=True, slow_down=False, now=100)
        if under_way == 100:
            break
    assert widths[0] == 1
    assert widths[1] == 2
    assert widths == sorted(widths)
    assert widths[-1] == 100


def test_asking_again_and_again_doubles_the_pause_up_to_ten_minutes() -> None:
    pacing, now, pauses = Pacing(), 0.0, []
    for _ in range(6):
        pacing.arrived(ADA, accepted=False, slow_down=True, now=now)
        pauses.append(pacing.wait(ADA, now))
        now += pauses[-1]
    assert pauses == [60, 120, 240, 480, 600, 600]


def test_several_that_were_under_way_count_as_one_request() -> None:
    pacing = Pacing()
    for _ in range(10):
        pacing.arrived(ADA, accepted=False, slow_down=True, now=0)
    assert pacing.wait(ADA, 0) == 60
