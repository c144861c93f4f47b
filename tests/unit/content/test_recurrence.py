"""Rules by which events repeat, and rules that are not followed."""

import time
from datetime import datetime, timedelta

import pytest

from pinlabs_mailer.content.recurrence import parse
from pinlabs_mailer.errors import BadInput

UNTIL = datetime(2029, 1, 1)  # noqa: DTZ001 - all are local times
BEGIN = datetime(2026, 1, 31, 18, 30)  # noqa: DTZ001 - a Saturday


def days(rule: str) -> list[str]:
    """Return the first five days of a rule, after the beginning."""
    fields: dict[str, list[object]] = {}
    for part in rule.split(";"):
        name, _, values = part.partition("=")
        fields[name] = list(values.split(","))
    moments = list(parse(fields).moments(BEGIN, UNTIL))
    assert moments[0] == BEGIN
    assert {moment.time() for moment in moments} == {BEGIN.time()}
    return [f"{moment:%y%m%d}" for moment in moments[1:6]]


@pytest.mark.parametrize(
    ("rule", "following"),
    [
        ("FREQ=DAILY", "260201 260202 260203 260204 260205"),
        ("FREQ=DAILY;INTERVAL=10", "260210 260220 260302 260312 260322"),
        ("FREQ=DAILY;COUNT=3", "260201 260202"),
        ("FREQ=DAILY;BYMONTH=3;BYDAY=MO", "260302 260309 260316 260323 260330"),
        ("FREQ=WEEKLY", "260207 260214 260221 260228 260307"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,TU", "260201 260210 260215 260224 260301"),
        ("FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=SU,TU", "260208 260210 260222 260224 260308"),
        ("FREQ=MONTHLY", "260331 260531 260731 260831 261031"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "260228 260331 260430 260531 260630"),
        ("FREQ=MONTHLY;BYDAY=1TH", "260205 260305 260402 260507 260604"),
        ("FREQ=MONTHLY;BYDAY=-1FR", "260227 260327 260424 260529 260626"),
        ("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", "260213 260313 261113 270813 281013"),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "260227 260331 260430 260529 260630"),
        ("FREQ=MONTHLY;BYDAY=SA;BYSETPOS=2", "260214 260314 260411 260509 260613"),
        ("FREQ=YEARLY", "270131 280131"),
        ("FREQ=YEARLY;BYMONTH=5", "260531 270531 280531"),
        ("FREQ=YEARLY;BYMONTH=11;BYDAY=4TH", "261126 271125 281123"),
        ("FREQ=YEARLY;BYDAY=-1MO", "261228 271227 281225"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "280229"),
    ],
)
def test_a_rule_is_followed(rule: str, following: str) -> None:
    assert days(rule) == following.split()


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"FREQ": ["HOURLY"]},
        {"FREQ": ["DAILY"], "BYHOUR": [1]},
        {"FREQ": ["YEARLY"], "BYWEEKNO": [1]},
        {"FREQ": ["DAILY"], "INTERVAL": [0]},
        {"FREQ": ["DAILY"], "COUNT": [0]},
        {"FREQ": ["DAILY"], "BYDAY": ["XX"]},
        {"FREQ": ["DAILY"], "BYMONTH": [None]},
        {"FREQ": ["DAILY"], "WKST": ["NO"]},
    ],
)
def test_a_rule_that_is_not_read_is_told(fields: dict[str, list[object]]) -> None:
    with pytest.raises(BadInput, match="by a rule that is not read"):
        parse(fields)


def test_a_rule_that_never_fits_has_an_end() -> None:
    began = time.process_time()
    begin = UNTIL - timedelta(days=10_000)
    for frequency in ("DAILY", "MONTHLY", "YEARLY"):
        never = parse({"FREQ": [frequency], "BYMONTH": [2], "BYMONTHDAY": [30]})
        assert list(never.moments(begin, UNTIL)) == [begin]
    assert time.process_time() - began < 5


@pytest.mark.parametrize("field", ["BYSETPOS", "BYMONTHDAY", "BYMONTH"])
def test_a_rule_of_more_values_than_there_are_is_not_followed(field: str) -> None:
    """Half a million of them, for each day of thirty years, would take hours."""
    with pytest.raises(BadInput, match="not read"):
        parse({"FREQ": ["DAILY"], field: [1] * 500_000})
