"""The one gate of the consent record: what it writes, alone, in bulk and at the same moment."""

import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError

from pinlabs_mailer.community import consent
from pinlabs_mailer.community.chain import Notary
from pinlabs_mailer.community.consent import Change
from pinlabs_mailer.community.standing import Standing, after
from pinlabs_mailer.db.engine import open_engine, reading, writing
from pinlabs_mailer.db.tables import consent_event
from pinlabs_mailer.db.words import Consent, ConsentChange, Frequency
from tests.store.consents import NOW, found, go_on, how, person, tampered, with_history
from tests.support.installations import GIVEN

What = ConsentChange
STEPS = st.tuples(
    st.integers(0, 1),  # who
    st.integers(1, 3),  # topic
    st.sampled_from(sorted(set(What) - {What.ERASED})),  # after which there is nothing more
    st.none() | st.sampled_from(sorted(Frequency)),
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(walk=st.lists(st.lists(STEPS, min_size=1, max_size=4), max_size=8))
def test_the_standing_is_what_follows_from_the_events_wherever_one_goes(
    engine: Engine, walk: list[list[tuple[int, int, What, Frequency | None]]]
) -> None:
    with writing(engine) as connection:
        number = len(connection.execute(select(consent_event.c.id)).all())
        ids = [person(connection, f"{name}{number}@example.org") for name in ("ada", "bob")]
    for hour, steps in enumerate(walk):
        changes = [
            Change(ids[who], topic, what, how(hour), frequency)
            for who, topic, what, frequency in steps
        ]
        try:
            with writing(engine) as connection:
                consent.record(connection, changes)
        except ValueError:
            assert {one.what for one in changes} & {What.CHANGED, What.RENEWED, What.EXPIRED}
    assert found(engine) == []


@pytest.mark.parametrize("what", [What.CHANGED, What.RENEWED, What.EXPIRED])
@pytest.mark.parametrize("status", Consent)
def test_what_changes_or_renews_brings_nobody_back(status: Consent, what: What) -> None:
    moved = after(Standing(status), what, NOW, None)
    assert moved is not None
    assert moved.status == (Consent.EXPIRED if what == What.EXPIRED else status)
    assert after(None, what, NOW, None) is None


def test_c05_what_promises_mail_says_how_often(engine: Engine) -> None:
    with_history(engine, "ada@example.org")
    with reading(engine) as connection:
        promised = connection.execute(
            select(consent_event.c.frequency).order_by(consent_event.c.position)
        ).scalars()
        assert list(promised) == ["weekly", "weekly", "monthly", "monthly", None]


def test_many_people_are_recorded_as_if_one_by_one(engine: Engine) -> None:
    with writing(engine) as connection:
        ids = [person(connection, f"p{number}@example.org") for number in range(50)]
        consent.record(
            connection,
            [
                Change(one, topic, what, how(topic))
                for one in ids
                for topic, what in ((1, What.IMPORTED), (2, What.REQUESTED), (1, What.WITHDRAWN))
            ],
        )
    assert found(engine) == []
    with reading(engine) as connection:
        assert {one.status for one in consent.standing(connection, ids[7]).values()} == {
            Consent.PENDING,
            Consent.WITHDRAWN,
        }


def test_nothing_to_record_is_no_fault(engine: Engine) -> None:
    with writing(engine) as connection:
        consent.record(connection, [])


@pytest.mark.parametrize(
    ("form", "kept"), [("keep", "2001:db8::1"), ("none", ""), ("hash", "hashed:")]
)
def test_a_network_address_is_kept_in_the_form_that_is_set(
    engine: Engine, form: str, kept: str
) -> None:
    with_history(
        engine, "a@example.org", "b@example.org", notary=Notary([GIVEN["secret_keys"]], form)
    )
    with reading(engine) as connection:
        networks = set(connection.execute(select(consent_event.c.network)).scalars())
    assert len(networks) == 1
    (network,) = networks
    assert network.startswith(kept)
    assert ("2001" in network) == (form == "keep")
    assert found(engine) == []


def test_two_changes_of_one_person_at_once_do_not_fork_the_chain(engine: Engine) -> None:
    (ada,) = with_history(engine, "ada@example.org")
    other = open_engine(engine.url.render_as_string(hide_password=False))
    done = threading.Event()

    def second() -> None:
        go_on(other, ada)
        done.set()

    thread = threading.Thread(target=second)
    with writing(engine) as connection:
        consent.change(connection, ada, 1, What.CHANGED, how(40), Frequency.WEEKLY)
        thread.start()
        assert not done.wait(0.5)
    thread.join(20)
    assert done.is_set()
    other.dispose()
    assert found(engine) == []
    with reading(engine) as connection:
        positions = connection.execute(select(consent_event.c.position)).scalars().all()
    assert sorted(positions) == [1, 2, 3, 4, 5, 6, 7]


def test_two_events_cannot_have_one_position(engine: Engine) -> None:
    with_history(engine, "ada@example.org")
    with pytest.raises(IntegrityError):
        tampered(engine, "UPDATE consent_event SET position = 2 WHERE position = 3")
