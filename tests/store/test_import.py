"""Imports: consent with evidence comes in, and nobody who must stay out does (items A14, C1)."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, insert, select
from sqlalchemy.exc import IntegrityError

from pinlabs_mailer.community import consent, limits, subscribers, suppression
from pinlabs_mailer.community.address import parse_address
from pinlabs_mailer.community.leaving import withdraw
from pinlabs_mailer.community.suppression import suppress
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.db.tables import consent_event, delivery, subscription
from pinlabs_mailer.db.words import Actor, ConsentChange, SuppressionReason
from tests.store.consents import how, person
from tests.store.imports import NOW, people, row, standings, take_in
from tests.support.installations import LIMITS, NOTARY


def events(engine: Engine) -> list[tuple[str, str, str]]:
    with reading(engine) as connection:
        columns = (consent_event.c.change, consent_event.c.evidence, consent_event.c.source)
        return [(*one,) for one in connection.execute(select(*columns).order_by("id"))]


def leave(engine: Engine, email: str) -> None:
    with writing(engine) as connection:
        withdraw(connection, person(connection, email), replace(how(), given_at=None))


def test_a14_with_date_and_evidence_somebody_is_confirmed_else_pending(engine: Engine) -> None:
    done = take_in(
        engine,
        row("ada@example.org"),
        row("bob@example.org", consented_at=""),
        row("eve@example.org", evidence=""),
        row("joe@example.org", "", ""),
    )
    assert {who: status for (who, _), (status, _) in standings(engine).items()} == {
        "ada@example.org": "confirmed",
        "bob@example.org": "pending",
        "eve@example.org": "pending",
        "joe@example.org": "pending",
    }
    assert done.numbers | {"added": 4, "confirmed": 1, "pending": 3} == done.numbers
    assert done.report == [
        "3,bob@example.org,added,pending: no consented_at",
        "4,eve@example.org,added,pending: no evidence",
    ]


def test_c1_the_event_has_the_evidence_its_date_and_the_file(engine: Engine) -> None:
    take_in(engine, row("ada@example.org", "2024-05-03T10:00:00+02:00", "form 17"))
    with reading(engine) as connection:
        one = connection.execute(select(consent_event)).one()
    assert (one.change, one.evidence, one.source) == (
        "imported",
        "form 17",
        "import of people.csv",
    )
    assert one.given_at.isoformat() == "2024-05-03T08:00:00+00:00"
    assert (one.at, one.actor, one.email) == (NOW, "operator", "ada@example.org")


def test_a_row_fills_in_all_that_it_has(engine: Engine) -> None:
    more = {
        "name": "Ada",
        "locale": "de",
        "timezone": "Europe/Berlin",
        "frequency": "Weekly",
        "topics": "jobs; Events",
    }
    take_in(engine, row("Ada@Example.org", **more))
    one = people(engine)["Ada@example.org"]
    assert (one["name"], one["locale"], one["timezone"]) == ("Ada", "de", "Europe/Berlin")
    assert standings(engine) == {
        ("Ada@example.org", "events"): ("confirmed", "weekly"),
        ("Ada@example.org", "jobs"): ("confirmed", "weekly"),
    }


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (row("no address"), "is no email address"),
        (row("ada@example.org", "yesterday"), "consented_at 'yesterday' is no moment"),
        (row("ada@example.org", "2026-11-25"), "is in the future"),
        (
            row("ada@example.org", topics="projects;ponies"),
            "there is no topic 'ponies', or it is retired",
        ),
        (row("ada@example.org", frequency="hourly"), "frequency 'hourly'"),
        (row("ada@example.org", evidence="x" * 5000), "more than 4000 characters"),
        (row("ada@example.org", evidence="a\x07b"), "control characters"),
        (row("ada@example.org") + ",one more", "9 cells where the header has 8"),
        ('"ada@example.org,' + "," * 6, "a quote is not closed"),
        (row("ada@example.org", name="A\0da"), "NUL"),
    ],
)
def test_a_row_that_is_not_in_order_is_refused_alone(engine: Engine, line: str, why: str) -> None:
    done = take_in(engine, row("bob@example.org"), line, row("eve@example.org"))
    assert set(people(engine)) == {"bob@example.org", "eve@example.org"}
    assert done.outcomes == {"added": 2, "refused": 1}
    (told,) = done.report
    assert told.startswith("3,")
    assert why in told.replace('""', '"')


def test_details_that_cannot_be_taken_are_left_out_and_told(engine: Engine) -> None:
    more = {"name": "www.spam.example/x", "locale": "klingon!", "timezone": "Mars/Base"}
    done = take_in(engine, row("ada@example.org", **more))
    one = people(engine)["ada@example.org"]
    assert (one["name"], one["locale"], one["timezone"]) == ("", "en", "")
    assert done.outcomes == {"added": 1}
    assert done.report[0].count("left out:") == 3


def test_twice_changes_nothing(engine: Engine) -> None:
    rows = [row(f"p{number}@example.org", name=f"P {number}") for number in range(50)]
    rows += [row("bob@example.org", "", ""), row("eve@example.org", topics="jobs;events")]
    take_in(engine, *rows)
    before = (people(engine), standings(engine), events(engine))
    done = take_in(engine, *rows, now=NOW + timedelta(hours=1))
    assert done.outcomes == {"unchanged": 52}
    assert (people(engine), standings(engine), events(engine)) == before


def test_the_same_person_twice_in_a_file_is_one_person(engine: Engine) -> None:
    done = take_in(
        engine,
        row("ada@example.org", name="Ada"),
        row("ADA@EXAMPLE.ORG", name="Somebody"),
        row("ada@example.org", topics="jobs"),
    )
    assert done.outcomes == {"added": 1, "unchanged": 1, "changed": 1}
    assert people(engine)["ada@example.org"]["name"] == "Ada"
    assert len(standings(engine)) == 2


def test_nothing_known_is_overwritten_or_downgraded(engine: Engine) -> None:
    take_in(engine, row("ada@example.org", name="Ada", frequency="monthly"), row("bob@example.org"))
    more = {"name": "Another", "frequency": "every", "timezone": "Europe/Paris"}
    done = take_in(
        engine, row("ada@example.org", "", "", **more), row("bob@example.org", name="Bob")
    )
    one = people(engine)["ada@example.org"]
    assert (one["name"], one["timezone"]) == ("Ada", "Europe/Paris")
    assert standings(engine)["ada@example.org", "projects"] == ("confirmed", "monthly")
    assert done.report == [
        "2,ada@example.org,changed,timezone filled in",
        "3,bob@example.org,changed,name filled in",
    ]


def test_a14_the_suppressed_and_the_erased_stay_out(engine: Engine) -> None:
    with writing(engine) as connection:
        for reason in SuppressionReason:
            suppress(connection, f"{reason}@example.org", reason, NOW)
    done = take_in(engine, *(row(f"{reason}@example.org") for reason in SuppressionReason))
    assert people(engine) == {}
    assert done.outcomes == {"left_out": 4}
    assert "3,complaint@example.org,left_out,suppressed: complaint" in done.report


def test_a14_who_withdrew_after_the_evidence_stays_out(engine: Engine) -> None:
    take_in(engine, row("ada@example.org"))
    leave(engine, "ada@example.org")
    done = take_in(engine, row("ada@example.org"), row("ada@example.org", "", ""))
    assert standings(engine)["ada@example.org", "projects"][0] == "withdrawn"
    assert done.outcomes == {"left_out": 2}
    assert "withdrew on 2026-11-24" in done.report[0]


def test_evidence_newer_than_the_withdrawal_only_asks_again(engine: Engine) -> None:
    take_in(engine, row("ada@example.org"))
    leave(engine, "ada@example.org")
    newer = row("ada@example.org", "2026-12-24", "signed again")
    later = NOW + timedelta(days=60)
    done = take_in(engine, newer, now=later)
    assert standings(engine)["ada@example.org", "projects"][0] == "pending"
    assert done.outcomes == {"changed": 1}
    assert take_in(engine, newer, now=later).outcomes == {"unchanged": 1}


def test_a_withdrawal_that_is_imported_later_counts_by_its_own_date(engine: Engine) -> None:
    header = "email,status,consented_at,evidence,withdrawn_at"
    take_in(engine, "ada@example.org,,2024-05-03,a form,", header=header)
    take_in(engine, "ada@example.org,withdrawn,,,2024-06-01", header=header)
    assert standings(engine)["ada@example.org", "projects"][0] == "withdrawn"
    done = take_in(engine, "ada@example.org,,2024-05-20,a form,", header=header)
    assert done.outcomes == {"left_out": 1}


def test_confirmations_are_sent_only_when_asked_for_and_once(engine: Engine) -> None:
    rows = [row("ada@example.org"), row("bob@example.org", "", "", topics="jobs;events")]
    assert take_in(engine, *rows).numbers["confirmations"] == 0
    assert take_in(engine, *rows, send_confirmations=True).numbers["confirmations"] == 1
    assert take_in(engine, *rows, send_confirmations=True).numbers["confirmations"] == 0
    with reading(engine) as connection:
        assert [one.kind for one in connection.execute(select(delivery))] == ["confirm"]


def test_a_consent_that_comes_in_drops_the_confirmation_that_waits(engine: Engine) -> None:
    take_in(engine, row("bob@example.org", "", ""), send_confirmations=True)
    take_in(engine, row("bob@example.org"))
    with reading(engine) as connection:
        assert [one.status for one in connection.execute(select(delivery))] == ["skipped"]


def test_a_dry_run_tells_the_same_and_changes_nothing(engine: Engine) -> None:
    rows = [row("ada@example.org"), row("bob@example.org", "", ""), row("no address")]
    tried = take_in(engine, *rows, dry_run=True)
    assert people(engine) == {}
    done = take_in(engine, *rows)
    assert (tried.numbers, tried.report) == (done.numbers, done.report)


def test_more_rows_than_one_chunk_and_topics_by_default(engine: Engine) -> None:
    rows = [f"p{number}@example.org" for number in range(2_500)]
    assert take_in(engine, *rows, header="email").outcomes == {"added": 2_500}
    assert len(standings(engine)) == 2_500


def test_who_joins_by_an_import_can_withdraw_and_go_on(engine: Engine) -> None:
    take_in(engine, row("ada@example.org"))
    leave(engine, "ada@example.org")
    assert [one[0] for one in events(engine)] == [ConsentChange.IMPORTED, ConsentChange.WITHDRAWN]
    with reading(engine) as connection:
        address = parse_address("ada@example.org")
        assert subscribers.by_address(connection, address).reference
        assert suppression.reason_for(connection, NOTARY, address) is None


def test_two_imports_of_the_same_people_at_once_make_each_of_them_once(engine: Engine) -> None:
    rows = [row(f"p{number}@example.org") for number in range(1_500)]
    with ThreadPoolExecutor(2) as pool:
        runs = [
            pool.submit(take_in, engine, *some, file=f"{number}.csv")
            for number, some in enumerate((rows, rows[::-1]))
        ]
        numbers = [one.result().numbers for one in runs]
    assert sum(one["added"] for one in numbers) == 1_500
    assert sum(one["unchanged"] for one in numbers) == 1_500
    assert len(events(engine)) == len(people(engine)) == 1_500


def test_a_strangers_request_does_not_bring_back_consent_that_has_expired(engine: Engine) -> None:
    take_in(engine, row("ada@example.org"))
    with writing(engine) as connection:
        ada = person(connection, "ada@example.org")
        for what, actor in (
            (ConsentChange.EXPIRED, Actor.SYSTEM),
            (ConsentChange.REQUESTED, Actor.PERSON),
        ):
            consent.change(connection, ada, 1, what, replace(how(), given_at=None, actor=actor))
    done = take_in(engine, row("ada@example.org"))
    assert done.outcomes == {"left_out": 1}
    assert standings(engine)["ada@example.org", "projects"][0] == "pending"
    take_in(engine, row("ada@example.org", "2026-11-24"))  # newer: still theirs to confirm
    assert standings(engine)["ada@example.org", "projects"][0] == "pending"


def test_a7_who_wants_no_such_mail_gets_none_by_an_import(engine: Engine) -> None:
    with writing(engine) as connection:
        limits.stop(connection, LIMITS, "ada@example.org")
    rows = [row("ada@example.org", "", ""), row("bob@example.org", "", "")]
    assert take_in(engine, *rows, send_confirmations=True).numbers["confirmations"] == 1


def test_foreign_keys_are_held_again_after_an_import(engine: Engine) -> None:
    take_in(engine, row("ada@example.org"))
    with pytest.raises(IntegrityError), writing(engine) as connection:
        connection.execute(
            insert(subscription).values(subscriber_id=99, topic_id=1, status="pending")
        )
