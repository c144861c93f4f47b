"""Which language is meant, and how it writes."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from pinlabs_mailer import languages


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("en-US,en;q=0.9,de;q=0.8", "en"),
        ("fr-FR, fr;q=0.9, de;q=0.4, en;q=0.3", "de"),
        ("en;q=0.2, DE ; q=0.7", "de"),
        ("de;q=0, en;q=0.1", "en"),
        ("de;q=0", None),
        ("fr", None),
        ("*", None),
        ("", None),
        ("de;q=nan, ;;;, q=1, \x00, -de", None),
        ("de;q=9", None),
        ("x," * 5000 + "de", None),
    ],
)
def test_the_browsers_wish_is_weighed(header: str, code: str | None) -> None:
    found = languages.wished(header)
    assert (found.code if found else None) == code


@pytest.mark.parametrize(
    ("code", "meant"),
    [("de", "de"), ("de_AT", "de"), ("DE-de", "de"), ("en", "en"), ("fr", "en"), ("", "en")],
)
def test_a_region_makes_no_difference_and_what_is_unknown_is_english(code: str, meant: str) -> None:
    assert languages.named(code).code == meant


@pytest.mark.parametrize("code", ["", "fr", "../../etc", "d", "deutsch", "\x00"])
def test_only_a_language_that_is_spoken_is_one(code: str) -> None:
    assert languages.exactly(code) is None


def test_every_language_calls_itself_by_its_own_name() -> None:
    assert [(one.code, one.title) for one in languages.every()] == [
        ("en", "English"),
        ("de", "Deutsch"),
    ]


def test_dates_are_written_as_people_do() -> None:
    english, german = languages.named("en"), languages.named("de")
    assert english.day(date(2026, 3, 1)) == "1 March 2026"
    assert german.day(date(2026, 3, 1)) == "1. März 2026"
    at = datetime(2026, 11, 24, 9, 5, tzinfo=UTC)
    assert english.moment(at) == "24 November 2026 at 09:05 UTC"
    assert german.moment(at) == "24. November 2026 um 09:05 UTC"


def test_what_has_no_known_end_is_told_by_its_start() -> None:
    english = languages.named("en")
    starts = datetime(2026, 12, 1, 18, 0, tzinfo=ZoneInfo("Europe/Berlin"))
    assert english.span(starts, starts) == "Tuesday, 1 December 2026, 18:00 CET"
    assert english.span(starts, None) == "Tuesday, 1 December 2026, 18:00 CET"
    ends = starts + timedelta(hours=2)
    assert english.span(starts, ends) == "Tuesday, 1 December 2026, 18:00 to 20:00 CET"


def test_a_zone_that_is_only_an_offset_says_from_what() -> None:
    starts = datetime(2026, 12, 1, 18, 0, tzinfo=ZoneInfo("Etc/GMT-1"))
    assert languages.named("en").moment(starts) == "1 December 2026 at 18:00 UTC+01"


def test_words_that_are_not_ours_stay_as_they_are() -> None:
    german = languages.named("de")
    assert german.known("Projects") == "Projekte"
    assert german.known("Tea & 100% biscuits") == "Tea & 100% biscuits"
    assert german.known("") == ""


def test_numbers_choose_their_form() -> None:
    german = languages.named("de")
    words = ("%(num)d story", "%(num)d stories")
    assert german.ngettext(*words, 1) == "1 Beitrag"
    assert german.ngettext(*words, 3) == "3 Beiträge"
