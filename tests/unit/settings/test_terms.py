"""Terms of retention: how they are written, where they end, and what contradicts itself."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.unit.settings.loading import complaint

from pinlabs_mailer.settings import Term
from pinlabs_mailer.settings.terms import reminders, term


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("24 months", Term(24, 0)),
        ("1 month", Term(1, 0)),
        ("2 years", Term(24, 0)),
        ("730d", Term(0, 730)),
        ("730 days", Term(0, 730)),
        (" 3 Years to year end ", Term(36, 0, True)),
    ],
)
def test_a_term_is_written_as_people_say_it(written: str, meant: Term) -> None:
    assert term(written) == meant


@pytest.mark.parametrize("written", ["", "0 months", "24", "2m", "-1d", "1.5 years", "101 years"])
def test_what_is_no_term_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="write"):
        term(written)


@pytest.mark.parametrize(
    ("written", "start", "end"),
    [
        ("24 months", "2024-02-29", "2026-02-28"),
        ("12 months", "2027-02-28", "2028-02-28"),
        ("1 month", "2026-01-31", "2026-02-28"),
        ("1 month", "2028-01-31", "2028-02-29"),
        ("13 months", "2026-12-31", "2028-01-31"),
        ("730d", "2026-03-01", "2028-02-29"),
        ("3 years to year end", "2026-05-07", "2030-01-01"),
        ("3 years to year end", "2026-12-31", "2030-01-01"),
        ("3 years to year end", "2027-01-01", "2031-01-01"),
    ],
)
def test_c8_c9_a_term_ends_on_its_day(written: str, start: str, end: str) -> None:
    assert term(written).after(day(start)) == day(end)


@pytest.mark.parametrize("written", ["1 month", "13 months", "40d", "2 years to year end"])
def test_the_bounds_of_searching_are_right_on_every_day(written: str) -> None:
    one = term(written)
    starts = [day("2023-12-25") + timedelta(days=n) for n in range(800)]
    for now in (day("2027-01-01") + timedelta(days=n) for n in range(0, 450, 7)):
        sure, latest = one.over_if_before(now), one.latest_start(now)
        for start in starts:
            over = one.after(start) <= now
            assert over or start > sure
            assert not over or start <= latest


@pytest.mark.parametrize(
    "written", ["12h", "30d,36h", "7d,7d", "0d", "", "1d,2d,3d,4d,5d,6d,7d,8d,9d,10d"]
)
def test_c9_a_reminder_on_the_day_of_the_end_or_of_another_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="write"):
        reminders(written)


def test_reminders_are_put_in_order() -> None:
    assert reminders("7d, 30d") == (timedelta(days=30), timedelta(days=7))


def test_c9_a_reminder_before_the_beginning_of_a_term_is_refused() -> None:
    assert "RENEWAL_REMINDERS" in complaint({"PINLABS_CONSENT_TERM": "30d"})
    said = complaint({"PINLABS_CONSENT_TERMS": "jobs=1 month,events=2 years"})
    assert "of jobs" in said
    assert "events" not in said


def test_a_request_outlives_its_link_and_the_ledger_a_month() -> None:
    assert "at least 8d" in complaint({"PINLABS_PENDING_TERM": "7d"})
    assert "at least 56d" in complaint({"PINLABS_LEDGER_TERM": "1 month"})
