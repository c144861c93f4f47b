"""What is done to the consent record behind our back is found (items C1, C8)."""

import pytest
from sqlalchemy import Engine, select, text

from pinlabs_mailer.community import consent
from pinlabs_mailer.community.breaks import Fault
from pinlabs_mailer.community.chain import NO_DETAILS, Notary
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.db.tables import consent_event, subscription
from pinlabs_mailer.db.words import ConsentChange
from tests.store.consents import found, go_on, how, tampered, with_history
from tests.support.installations import GIVEN

IMPERSONAL = {
    "topic_id": "3",
    "change": "'renewed'",
    "at": "'2026-11-20 08:00:00.000000+00:00'",
    "given_at": "NULL",
    "frequency": "'every'",
    "wording_id": "NULL",
    "form_version": "'leave'",
    "language": "'de'",
    "actor": "'operator'",
    "details_digest": "'00'",
    "hash": "'00'",
}
DETAILS = dict.fromkeys(NO_DETAILS._fields, "'other'") | {"salt": "'00'"}


@pytest.fixture
def ada(engine: Engine) -> int:
    first, *_ = with_history(engine, "ada@example.org", "bob@example.org", "eve@example.org")
    assert found(engine) == []
    return first


@pytest.mark.parametrize("field", IMPERSONAL)
def test_c1_a_changed_field_of_an_old_event_is_found(engine: Engine, ada: int, field: str) -> None:
    value = IMPERSONAL[field]
    if engine.dialect.name == "sqlite":
        value = value.replace("+00:00", "")
    tampered(engine, f"UPDATE consent_event SET {field} = {value} WHERE id = 2")
    assert (ada, 2, Fault.ALTERED) in found(engine)
    assert {who for who, _, _ in found(engine)} == {ada}


@pytest.mark.parametrize("field", DETAILS)
def test_a_changed_personal_detail_is_found(engine: Engine, ada: int, field: str) -> None:
    tampered(engine, f"UPDATE consent_event SET {field} = {DETAILS[field]} WHERE id = 2")
    assert found(engine) == [(ada, 2, Fault.DETAILS)]


def test_every_field_of_an_event_is_tried_above() -> None:
    place = {"id", "subscriber_id", "position", "key_id"}
    assert {*IMPERSONAL, *DETAILS} | place == set(consent_event.c.keys())


def test_an_unknown_key_id_is_told(engine: Engine, ada: int) -> None:
    tampered(engine, "UPDATE consent_event SET key_id = 'ffffffff' WHERE id = 2")
    assert found(engine) == [(ada, 2, Fault.UNKNOWN_KEY)]


def test_events_in_another_order_are_found(engine: Engine, ada: int) -> None:
    tampered(
        engine,
        "UPDATE consent_event SET position = 9 WHERE id = 2",
        "UPDATE consent_event SET position = 2 WHERE id = 3",
        "UPDATE consent_event SET position = 3 WHERE id = 2",
    )
    assert {(ada, 2, Fault.ALTERED), (ada, 3, Fault.ALTERED)} <= set(found(engine))


@pytest.mark.parametrize("gone", [1, 3])
def test_c1_an_event_missing_before_another_is_found(engine: Engine, ada: int, gone: int) -> None:
    tampered(engine, f"DELETE FROM consent_event WHERE id = {gone}")
    assert (ada, gone + 1, Fault.MISSING) in found(engine)


def test_closing_the_gap_does_not_hide_it(engine: Engine, ada: int) -> None:
    tampered(
        engine,
        "DELETE FROM consent_event WHERE id = 3",
        "UPDATE consent_event SET position = 3 WHERE id = 4",
        "UPDATE consent_event SET position = 4 WHERE id = 5",
    )
    assert {(ada, 3, Fault.ALTERED), (ada, 4, Fault.ALTERED)} <= set(found(engine))


def test_c1_a_missing_last_event_is_found_for_ever(engine: Engine, ada: int) -> None:
    tampered(
        engine,
        "DELETE FROM consent_event WHERE id = 5",
        "UPDATE subscription SET status = 'confirmed', withdrawn_at = NULL"
        f" WHERE subscriber_id = {ada} AND topic_id = 2",
        "UPDATE subscription SET term_since = (SELECT max(at) FROM consent_event"
        f" WHERE subscriber_id = {ada}) WHERE subscriber_id = {ada}",
    )
    assert found(engine) == [(ada, 4, Fault.SEAL)]
    go_on(engine, ada)
    assert found(engine) == [(ada, 5, Fault.ALTERED)]


def test_a_seal_made_up_or_blanked_is_found_for_ever(engine: Engine, ada: int) -> None:
    for seal in ("", "00"):
        tampered(
            engine,
            f"DELETE FROM consent_event WHERE subscriber_id = {ada} AND position > 4",
            f"UPDATE subscriber SET consent_seal = '{seal}' WHERE id = {ada}",
        )
        assert (ada, 4, Fault.SEAL) in found(engine)
        go_on(engine, ada)
        assert (ada, 5, Fault.ALTERED) in found(engine)


def test_an_event_put_in_by_another_is_found(engine: Engine, ada: int) -> None:
    with writing(engine) as connection:
        row = dict(
            connection.execute(select(consent_event).where(consent_event.c.id == 5)).one()._mapping
        )
        row |= {"id": 99, "position": 6, "change": "confirmed"}
        connection.execute(consent_event.insert().values(row))
    assert {(ada, 6, Fault.ALTERED), (ada, 6, Fault.SEAL)} <= set(found(engine))
    tampered(engine, "UPDATE consent_event SET hash = '', key_id = '' WHERE id = 99")
    assert (ada, 6, Fault.UNCHAINED) in found(engine)


def test_an_event_of_another_person_is_found(engine: Engine, ada: int) -> None:
    tampered(engine, f"UPDATE consent_event SET subscriber_id = {ada}, position = 6 WHERE id = 10")
    assert (ada, 6, Fault.ALTERED) in found(engine)
    assert (ada + 1, 4, Fault.SEAL) in found(engine)


@pytest.mark.parametrize(
    "change",
    [
        "status = 'confirmed'",
        "frequency = 'every'",
        "requested_at = NULL",
        "confirmed_at = NULL",
        "withdrawn_at = confirmed_at",
    ],
)
def test_a_subscription_changed_directly_is_found(engine: Engine, ada: int, change: str) -> None:
    topic_id = 1 if "requested_at" in change else 2
    tampered(
        engine,
        f"UPDATE subscription SET {change} WHERE subscriber_id = {ada} AND topic_id = {topic_id}",
    )
    assert found(engine) == [(ada, None, Fault.STANDING)]


def test_a_subscription_without_events_and_one_too_few_are_found(engine: Engine, ada: int) -> None:
    tampered(
        engine,
        f"DELETE FROM subscription WHERE subscriber_id = {ada} AND topic_id = 2",
        "INSERT INTO subscription (subscriber_id, topic_id, status)"
        f" VALUES ({ada}, 3, 'confirmed')",
    )
    assert found(engine) == [(ada, None, Fault.STANDING)] * 2


def test_another_wording_or_address_is_found(engine: Engine, ada: int) -> None:
    tampered(
        engine,
        "UPDATE wording SET text = 'I agree to anything.'",
        f"UPDATE subscriber SET email = 'mallory@example.org' WHERE id = {ada}",
    )
    assert found(engine) == [(None, None, Fault.WORDING), (ada, 5, Fault.ADDRESS)]


def test_a_wording_with_a_digest_to_match_is_found(engine: Engine, ada: int) -> None:
    digest = consent.wording_digest("I agree to anything.")
    tampered(engine, f"UPDATE wording SET text = 'I agree to anything.', digest = '{digest}'")
    assert (ada, 1, Fault.ALTERED) in found(engine)


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    "rubbish",
    ["position = 'x'", "at = 'x'", "salt = 'x'", "source = x'ff'", "email = x'ff', user_agent = 1"],
)
def test_what_cannot_be_an_event_is_told_and_the_rest_is_looked_at(
    engine: Engine, ada: int, rubbish: str
) -> None:
    tampered(
        engine,
        f"UPDATE consent_event SET {rubbish} WHERE id = 2",
        f"UPDATE subscriber SET consent_seal = '' WHERE id = {ada + 1}",
    )
    assert (ada + 1, 5, Fault.SEAL) in found(engine)
    assert {fault for who, _, fault in found(engine) if who == ada} & {
        Fault.UNREADABLE, Fault.DETAILS,
    }  # fmt: skip


def test_a_key_in_front_goes_on_and_the_old_one_verifies(engine: Engine, ada: int) -> None:
    old, new = GIVEN["secret_keys"], "another key that is long enough."
    turned = Notary([new, old])
    go_on(engine, ada, turned)
    assert found(engine, turned) == []
    assert {who for who, _, _ in found(engine, Notary([old]))} == {ada}
    unknown = found(engine, Notary([new]))
    assert {fault for _, _, fault in unknown} == {Fault.UNKNOWN_KEY}
    assert len(unknown) == 15


def test_another_installation_knows_no_key(engine: Engine, ada: int) -> None:
    other = Notary(["the key of somebody else, long enough"])
    assert {fault for _, _, fault in found(engine, other)} == {Fault.UNKNOWN_KEY}


def test_c12_erasing_blanks_what_is_personal_and_the_chain_verifies(
    engine: Engine, ada: int
) -> None:
    with writing(engine) as connection:
        consent.erase(connection, ada, how(72))
        connection.execute(text(f"UPDATE subscriber SET email = '-' WHERE id = {ada}"))
    assert found(engine) == []
    with reading(engine) as connection:
        rows = connection.execute(
            select(consent_event).where(consent_event.c.subscriber_id == ada)
        ).all()
        left = connection.execute(select(subscription.c.subscriber_id)).scalars().all()
    assert [row.change for row in rows][-2:] == ["erased", "erased"]
    kept = repr([tuple(row) for row in rows])
    for words in ("@example.org", "signed", "2001:db8", "Browser", "join page", "pinlabs.example"):
        assert words not in kept
    assert ada not in left
    tampered(engine, "UPDATE consent_event SET change = 'renewed' WHERE id = 1")
    assert (ada, 1, Fault.ALTERED) in found(engine)


def test_details_blanked_without_an_erasure_are_found(engine: Engine, ada: int) -> None:
    blank = ", ".join(f"{name} = ''" for name in (*NO_DETAILS._fields, "salt"))
    tampered(engine, f"UPDATE consent_event SET {blank} WHERE id = 3")
    assert found(engine) == [(ada, 3, Fault.BLANKED)]


def test_c12_an_event_after_an_erasure_is_found(engine: Engine, ada: int) -> None:
    with writing(engine) as connection:
        consent.erase(connection, ada, how(72))
        consent.change(connection, ada, 1, ConsentChange.REQUESTED, how(73))
    assert found(engine) == [(ada, 8, Fault.AFTER_ERASURE)]
    tampered(
        engine,
        f"UPDATE consent_event SET salt = '', email = '', source = '', evidence = '', network = '',"
        f" user_agent = '', message_id = '' WHERE subscriber_id = {ada}",
    )
    assert found(engine) == [(ada, 8, Fault.BLANKED), (ada, 8, Fault.AFTER_ERASURE)]
