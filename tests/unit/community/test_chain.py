"""What is hashed stays the same for ever: records of today are verified in ten years."""

import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinlabs_mailer.community.breaks import Break, Fault, breaks
from pinlabs_mailer.community.chain import Details, Entry, Link, Notary, Recorded, details_digest

KEY = "a key for tests that is long enough to be one"
NOTARY = Notary([KEY])
SALT = "00112233445566778899aabbccddeeff"
ENTRY = Entry(
    subscriber_id=7,
    position=1,
    topic_id=1,
    change="confirmed",
    at=datetime(2026, 11, 24, 9, 0, 0, 5, tzinfo=UTC),
    given_at=datetime(2026, 11, 1, tzinfo=UTC),
    frequency="weekly",
    wording="ab" * 32,
    form_version="confirm 0123456789ab",
    language="de",
    actor="person",
)
DETAILS = Details(
    "Zoë@example.org", "our confirmation page", "", "192.0.2.1", "Browser/1", "1.a@b.example"
)


def test_the_hashes_of_a_known_event_are_the_known_ones() -> None:
    link = NOTARY.link(ENTRY, DETAILS, "", SALT)
    assert link.key_id == "b2fb1a96"
    assert link.details_digest == "70f8d8b8e4ada9273a10c5d0f8cd5f41a00439d026324812079970855841098a"
    assert link.hash == "90da030eb422c9086c1b79077939ac06163d87a4da09e8495acc22f49cb4f5c1"
    assert (
        NOTARY.seal(ENTRY, link)
        == "d1de269230dfaef627627fd6259f8570f4c3c5ad1aac881b4c6f3b8c36dc2134"
    )
    assert (
        NOTARY.before([(ENTRY, link.details_digest)], link.key_id)
        == "6ecd319669835fca367d070ba28ba4abd1a1c36cdcfdb90c846ce1b83875b7e3"
    )
    assert Notary([KEY], "hash").network("192.0.2.1") == "hashed:cc4d0a3e1520eb4ae111a46cf5b568c0"


TEXTS = st.text() | st.sampled_from(['"', "\\", "\x7f", "\u2028", "\U0001f600"])


@given(st.lists(TEXTS, min_size=6, max_size=6), st.none() | TEXTS, st.booleans())
def test_what_is_hashed_is_json_whatever_the_fields_hold(
    texts: list[str], frequency: str | None, is_dated: bool
) -> None:
    given_at, given = None, None
    if is_dated:
        given_at, given = ENTRY.given_at, "2026-11-01T00:00:00.000000+00:00"
    entry = ENTRY._replace(
        frequency=frequency, given_at=given_at, form_version=texts[0], language=texts[1]
    )
    at, words = "2026-11-24T09:00:00.000005+00:00", (texts[0], texts[1], "person", texts[3])
    fields = [texts[2], 7, 1, 1, "confirmed", at, given, frequency, "ab" * 32, *words]
    said = json.dumps([*fields, NOTARY.key_id], separators=(",", ":"))
    key = hashlib.blake2b(KEY.encode(), digest_size=32, person=b"consent chain").digest()
    made = hashlib.blake2b(said.encode(), digest_size=32, key=key, person=b"consent event")
    assert NOTARY.hash(entry, texts[3], texts[2], NOTARY.key_id) == made.hexdigest()
    personal = json.dumps(texts, separators=(",", ":")).encode()
    salted = hashlib.blake2b(
        personal, digest_size=32, key=bytes.fromhex(SALT), person=b"consent details"
    )
    assert details_digest(Details(*texts), SALT) == salted.hexdigest()


@pytest.mark.parametrize("number", ["1", "1,2", 1.5, None])
def test_a_number_that_is_none_is_not_hashed(number: object) -> None:
    other = ENTRY._replace(position=number)  # type: ignore[arg-type]
    with pytest.raises((ValueError, TypeError)):
        NOTARY.hash(other, "", "", NOTARY.key_id)


def test_a_moment_is_the_same_in_every_time_zone() -> None:
    berlin = timezone(timedelta(hours=1))
    elsewhere = ENTRY._replace(at=ENTRY.at.astimezone(berlin))
    assert NOTARY.link(elsewhere, DETAILS, "", SALT) == NOTARY.link(ENTRY, DETAILS, "", SALT)


def test_text_cannot_move_from_one_field_to_the_next() -> None:
    one = DETAILS._replace(source="a", evidence="bc")
    other = DETAILS._replace(source="ab", evidence="c")
    assert details_digest(one, SALT) != details_digest(other, SALT)


@pytest.mark.parametrize("network", ["keep", "hash", "none"])
def test_no_network_address_stays_none(network: str) -> None:
    assert Notary([KEY], network).network("") == ""


def test_a_notary_needs_a_key_and_does_not_show_it() -> None:
    with pytest.raises(ValueError, match="at least one key"):
        Notary([])
    assert KEY not in repr(NOTARY)


def test_hashes_for_different_uses_differ() -> None:
    made = {
        NOTARY.hash(ENTRY, "", "", NOTARY.key_id),
        NOTARY.before([(ENTRY, "")], NOTARY.key_id),
        NOTARY.seal(ENTRY, Link("", "", NOTARY.key_id, "")),
    }
    assert len(made) == 3


def test_nobody_has_no_breaks_unless_a_seal_is_left() -> None:
    assert list(breaks(NOTARY, [], "")) == []
    assert list(breaks(NOTARY, [], "00")) == [Break(0, Fault.SEAL)]


def test_one_event_and_its_seal_are_whole() -> None:
    link = NOTARY.link(ENTRY, DETAILS, "", SALT)
    recorded = Recorded(ENTRY, DETAILS, link)
    assert list(breaks(NOTARY, [recorded], NOTARY.seal(ENTRY, link))) == []
    assert list(breaks(NOTARY, [recorded], "")) == [Break(1, Fault.SEAL)]
