"""`retention`: the job by hand, and by itself in `work` (items C4, C9, C14)."""

import pytest
from sqlalchemy import text

from pinlabs_mailer.app import App
from pinlabs_mailer.db.engine import writing
from tests.support.program import Program

COUNTED = ("reminded", "expired", "purged", "erased", "folded", "removed", "wishes", "returns")
NOTHING = dict.fromkeys(COUNTED, 0)


@pytest.fixture
def asked(program: Program, inside: App) -> None:
    """Ada asked long ago, and never confirmed."""
    program("subscribe", "ada@example.org", "--no-wait")
    with writing(inside.engine) as connection:
        connection.execute(
            text("UPDATE subscription SET requested_at = :then, term_since = :then"),
            {"then": "2020-01-01 00:00:00+00:00"},
        )


@pytest.mark.usefixtures("asked")
def test_c14_a_dry_run_says_what_would_be_and_a_run_does_it(program: Program) -> None:
    dry = program("retention", "run", "--dry-run", "--json")
    assert dry.document == {**NOTHING, "purged": 1}
    assert "dry run" in dry.err
    assert program.json("retention", "show") == {"last_run": None, "months": []}
    assert len(program("subscriber", "list", "--json").items) == 1
    assert program.json("retention", "run") == {**NOTHING, "purged": 1}
    assert program.json("retention", "run") == NOTHING
    shown = program.json("retention", "show")
    assert [one["purged"] for one in shown["months"]] == [1]
    assert shown["last_run"].endswith("Z")


@pytest.mark.usefixtures("asked")
def test_c4_work_does_it_without_being_asked(program: Program) -> None:
    said = program("work", "--until-idle").err
    assert "Retention: 0 reminded, 0 expired, 1 purged" in said
    assert program("subscriber", "list", "--json").items == []
    assert "Retention" not in program("work", "--until-idle").err


def test_settings_that_cannot_be_are_told_before_anything_is_done(program: Program) -> None:
    unknown = program("retention", "run", code=3, consent_terms="poems=1 year")
    assert "poems" in unknown.err
    assert "projects" in unknown.err
    both = program("retention", "run", code=3, renewal_reminders="12h", consent_term="soon")
    assert "PINLABS_RENEWAL_REMINDERS" in both.err
    assert "PINLABS_CONSENT_TERM" in both.err
