"""C12: a person is gone from every table, byte by byte, and what stays still adds up."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from pinlabs_mailer import languages
from pinlabs_mailer.app import App, holdings
from pinlabs_mailer.community import (
    erasure,
    joining,
    subscribers,
    suppression,
)
from pinlabs_mailer.community.address import parse_address
from pinlabs_mailer.community.holdings import held
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.db.tables import (
    delivery,
    metadata,
    opt_in,
    subscriber,
)
from pinlabs_mailer.db.words import SuppressionReason
from pinlabs_mailer.errors import Unavailable, UsageError
from pinlabs_mailer.outbox import audit, rows
from tests.store.consents import found, how
from tests.store.known_person import ADA, BY_HAND, NOW, erase, fill
from tests.support.installations import NOTARY, Clock, make_app
from tests.support.site import snapshot

TRACES = (
    "ada.lovelace",
    "secret-mailbox",
    "Countess",
    "203.0.113.77",
    "203.0.113",
    "AnalyticalEngine",
    "signed-on-paper",
    "quoted-by-the-relay",
    "Europe/London",
    "ada.moved",
    "difference engines",
    "said-the-far-end",
    "kept-of-the-mail",
)


@pytest.fixture
def app(database_url: str) -> Iterator[App]:
    with closing(make_app(database_url, 1, Clock(NOW))) as app:
        yield app


def raw(engine: Engine) -> bytes:
    """Return the database as bytes: the file after VACUUM, or all rows."""
    if engine.dialect.name == "sqlite":
        path = Path(str(engine.url.database))
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return b"".join(one.read_bytes() for one in path.parent.glob(f"{path.name}*"))
    return repr(snapshot(engine)).encode()


def counts(app: App) -> list[tuple[object, ...]]:
    with reading(app.engine) as connection:
        return [tuple(rows.counts(connection, 1).items())]


def test_c12_no_trace_is_left_and_what_stays_adds_up(app: App) -> None:
    person = fill(app)
    before = raw(app.engine)
    assert [one for one in TRACES if one.encode() not in before] == []
    counted = counts(app)
    erase(app, person)
    after = raw(app.engine)
    assert [one for one in TRACES if one.encode() in after] == []
    assert counts(app) == counted
    assert found(app.engine) == []
    with reading(app.engine) as connection:
        assert not any(audit.audit(connection).values())
        assert [one["email"] for one in subscribers.every(connection)] == ["bob@example.org"]
        waiting = select(delivery.c.reason).where(
            delivery.c.subscriber_id == person, delivery.c.status == "skipped"
        )
        assert set(connection.execute(waiting).scalars()) == {"request settled", "erased"}


def test_c11_the_export_has_everything_that_the_erasure_takes(app: App) -> None:
    person = fill(app)
    with reading(app.engine) as connection:
        document = held(connection, NOTARY, person, NOW)
        own = connection.execute(select(subscriber.c.reference, opt_in.c.reference).join(opt_in))
        secret = [reference for row in own for reference in row]
    said = repr(document)
    assert [one for one in TRACES if one not in said] == []
    assert [one for one in secret if one in said] == []
    digest = next(one for one in document["deliveries"] if one["kind"] == "digest")
    assert [item["title"] for item in digest["items"]] == ["Post 1", "Post 2"]
    assert digest["tries"][0]["outcome"] == "planned"
    assert {one["wording"] for one in document["consent_events"]} == {"I agree."}
    assert document["suppressions"][0]["reason"] == "bounce"


def test_c11_every_field_has_a_name_that_people_understand(app: App) -> None:
    person = fill(app)
    with reading(app.engine) as connection:
        document = held(connection, NOTARY, person, NOW)
    shown = holdings.sections(document, languages.named("en"))
    names = {name for section in shown for entry in section.entries for name, _ in entry}
    assert {"Address changed", "Paused until"} <= names
    assert [name for name in names if name == name.lower()] == []


def test_every_table_that_can_hold_a_person_is_filled_for_these_tests(app: App) -> None:
    """Whoever adds a table or a column looks at `erasure` and `holdings`, and then here."""
    fill(app)
    empty = {name for name, held_ in snapshot(app.engine).items() if not held_}
    # keyed hashes, numbers, and dates beside a delivery: nothing that says whose they are
    impersonal = {"sign_up_limit", "folded", "retention_count", "renewal"}
    of_the_content = {"source", "sighting", "next_issue"}
    of_returns = {"issue_return", "return_count", "mailbox", "forwarded_letter"}
    assert empty == impersonal | of_the_content | of_returns
    assert len(metadata.tables) == 30


def test_c12_nobody_else_brings_the_person_back(app: App) -> None:
    erase(app, fill(app))
    with writing(app.engine) as connection:
        with pytest.raises(UsageError, match="was erased"):
            joining.record_confirmed(connection, joining.Request(ADA, ("projects",)), how())
        reasons = suppression.reasons_for(connection, NOTARY, [ADA.key, "bob@example.org"])
    assert reasons == {ADA.key: SuppressionReason.ERASED}
    assert ADA.email not in repr(snapshot(app.engine))


def test_c12_the_person_comes_back_by_joining_and_confirming(app: App) -> None:
    old = fill(app)
    erase(app, old)
    with writing(app.engine) as connection:
        joining.request(connection, joining.Request(ADA, ("projects",)), how())
        reference = connection.execute(select(opt_in.c.reference)).scalar_one()
        assert suppression.reason_for(connection, NOTARY, ADA) is SuppressionReason.ERASED
        joining.confirm(connection, reference, how(), "pinlabs.example")
        assert suppression.reason_for(connection, NOTARY, ADA) is None
        assert subscribers.by_address(connection, ADA).id != old
    assert found(app.engine) == []


@pytest.mark.parametrize("why", [SuppressionReason.COMPLAINT, SuppressionReason.MANUAL])
def test_c12_a_complaint_or_an_order_goes_on_under_the_mark(
    app: App, why: SuppressionReason
) -> None:
    person = fill(app)
    with writing(app.engine) as connection:
        suppression.suppress(connection, ADA.key, why, NOW, "for ada.lovelace")
    erase(app, person)
    assert "ada.lovelace" not in repr(snapshot(app.engine))
    with writing(app.engine) as connection:
        assert not suppression.may_be_asked(connection, NOTARY, ADA)
        assert joining.request(connection, joining.Request(ADA, ("projects",)), how()) is None
        assert suppression.lift(connection, NOTARY, ADA)
        assert suppression.reason_for(connection, NOTARY, ADA) is None


def test_who_is_on_the_wire_is_erased_a_moment_later(app: App) -> None:
    person = fill(app)
    with writing(app.engine) as connection:
        connection.execute(
            delivery.update()
            .where(delivery.c.subscriber_id == person, delivery.c.status == "accepted")
            .values(status="sending", held_by="us")
        )
    before = snapshot(app.engine)
    with pytest.raises(Unavailable, match="on its way"):
        erase(app, person)
    assert snapshot(app.engine) == before


def test_c12_an_address_that_they_had_before_is_erased_too(app: App) -> None:
    person = fill(app)
    new = parse_address("ada@elsewhere.example")
    with writing(app.engine) as connection:
        connection.execute(
            subscriber.update()
            .where(subscriber.c.id == person)
            .values(email=new.email, email_key=new.key, moved_at=NOW)
        )
    erase(app, person)
    assert [one for one in (*TRACES, "elsewhere") if one.encode() in raw(app.engine)] == []
    with reading(app.engine) as connection:
        reasons = suppression.reasons_for(connection, NOTARY, [ADA.key, new.key])
    assert set(reasons) == {ADA.key, new.key}


def test_c12_the_row_that_keeps_the_place_says_nothing_of_the_person(app: App) -> None:
    person = fill(app)
    erase(app, person)
    with reading(app.engine) as connection:
        (row,) = connection.execute(select(subscriber).where(subscriber.c.id == person)).mappings()
    place = {"id", "reference", "email_key", "created_at", "consent_seal", "erased_at"}
    left = {name: value for name, value in row.items() if name not in place}
    assert left == {
        "email": "", "name": "", "locale": "en", "timezone": "", "paused_until": None,
        "moved_at": None,
    }  # fmt: skip


def test_erasing_twice_is_erasing_once(app: App) -> None:
    person = fill(app)
    erase(app, person)
    after = snapshot(app.engine)
    with writing(app.engine) as connection:
        assert not erasure.erase(connection, person, BY_HAND)
    assert snapshot(app.engine) == after


def test_the_mark_of_an_address_is_no_address_and_survives_a_new_key(app: App) -> None:
    assert "@" not in NOTARY.mark(ADA.key)
    assert len(NOTARY.mark(ADA.key)) == len("erased:") + 22
    assert NOTARY.mark(ADA.key) != NOTARY.mark("bob@example.org")
    rotated = type(NOTARY)(["a new key that stands in front", _key(app)])
    assert rotated.mark(ADA.key) == NOTARY.mark(ADA.key)


def _key(app: App) -> str:
    assert app.settings.secret_keys is not None
    return app.settings.secret_keys[0]
