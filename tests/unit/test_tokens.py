"""Tokens: worth one purpose only, unforgeable, and good for ever across key rotation."""

import itertools
import re
import string
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinlabs_mailer.links import Links
from pinlabs_mailer.tokens import (
    REFERENCE_LENGTH,
    TOKEN_LENGTH,
    Purpose,
    Signer,
    new_reference,
    new_references,
)

OLD, NEW, FOREIGN = "o" * 32, "n" * 32, "f" * 32
SIGNER = Signer([OLD])
REFERENCE = "Ab3-_xYz0129"
TOKEN = SIGNER.sign(Purpose.UNSUBSCRIBE, REFERENCE)
SIGNS = string.ascii_letters + string.digits + "-_"


def two_keys_with_one_id() -> tuple[str, str]:
    """Return two keys whose 12-bit ids, which stand at the front of a token, are equal."""
    seen: dict[str, str] = {}
    for number in itertools.count():
        key = f"{number:032}"
        key_id = Signer([key]).sign(Purpose.CONFIRM, REFERENCE)[:2]
        if key_id in seen:
            return seen[key_id], key
        seen[key_id] = key
    raise AssertionError("there are more keys than ids")


def test_a_token_gives_its_reference_back() -> None:
    assert SIGNER.verify(Purpose.UNSUBSCRIBE, TOKEN) == REFERENCE


def test_a_token_is_short_and_fits_into_a_url() -> None:
    assert len(TOKEN) == TOKEN_LENGTH <= 48
    assert re.fullmatch(r"[A-Za-z0-9_-]+", TOKEN)
    link = Links("https://news.pinlabs.example", SIGNER).unsubscribe(REFERENCE)
    assert link == f"https://news.pinlabs.example/u/{TOKEN}"
    assert len(link) <= 75


def test_references_are_random_and_of_one_length() -> None:
    references = {new_reference() for _ in range(1000)}
    assert len(references) == 1000
    assert {len(reference) for reference in references} == {REFERENCE_LENGTH}


def test_references_of_one_go_begin_alike_and_are_random_behind_that() -> None:
    goes = [new_references(1000) for _ in range(20)]
    assert len({reference for some in goes for reference in some}) == 20_000
    for some in goes:
        assert {len(reference) for reference in some} == {REFERENCE_LENGTH}
        assert len({reference[:2] for reference in some}) == 1
    assert len({some[0][:2] for some in goes}) > 1
    assert new_references(0) == []


@pytest.mark.parametrize("made", Purpose)
@pytest.mark.parametrize("asked", Purpose)
def test_a_token_is_worth_its_own_purpose_only(made: Purpose, asked: Purpose) -> None:
    token = SIGNER.sign(made, REFERENCE)
    assert (SIGNER.verify(asked, token) == REFERENCE) == (made is asked)


@pytest.mark.parametrize("day", [date(1970, 1, 1), date(2026, 11, 23), date(2149, 6, 6)])
def test_a_dated_token_says_when_it_was_signed(day: date) -> None:
    token = SIGNER.sign_dated(Purpose.PREFERENCES, REFERENCE, day)
    assert len(token) == TOKEN_LENGTH + 3 <= 48
    assert SIGNER.verify_dated(Purpose.PREFERENCES, token) == (REFERENCE, day)
    assert Signer([NEW, OLD]).verify_dated(Purpose.PREFERENCES, token) == (REFERENCE, day)
    assert Signer([FOREIGN]).verify_dated(Purpose.PREFERENCES, token) is None
    link = Links("https://news.pinlabs.example", SIGNER).preferences(REFERENCE, day)
    assert link == f"https://news.pinlabs.example/preferences/{token}"


@given(st.integers(0, TOKEN_LENGTH + 2), st.sampled_from(SIGNS))
def test_no_sign_of_a_dated_token_can_be_changed(place: int, sign: str) -> None:
    token = SIGNER.sign_dated(Purpose.PREFERENCES, REFERENCE, date(2026, 11, 23))
    changed = token[:place] + sign + token[place + 1 :]
    assert (SIGNER.verify_dated(Purpose.PREFERENCES, changed) is None) == (changed != token)


def test_a_dated_token_and_a_plain_one_do_not_stand_for_each_other() -> None:
    dated = SIGNER.sign_dated(Purpose.PREFERENCES, REFERENCE, date(2026, 11, 23))
    plain = SIGNER.sign(Purpose.PREFERENCES, REFERENCE)
    assert SIGNER.verify(Purpose.PREFERENCES, dated) is None
    assert SIGNER.verify_dated(Purpose.PREFERENCES, plain) is None
    assert SIGNER.verify_dated(Purpose.UNSUBSCRIBE, dated) is None


def test_the_purpose_cannot_be_rewritten() -> None:
    assert TOKEN[2] == "u"
    assert SIGNER.verify(Purpose.CONFIRM, TOKEN[:2] + "c" + TOKEN[3:]) is None


@pytest.mark.parametrize("place", range(TOKEN_LENGTH))
def test_one_changed_sign_anywhere_is_found(place: int) -> None:
    for sign in SIGNS:
        if sign != TOKEN[place]:
            forged = TOKEN[:place] + sign + TOKEN[place + 1 :]
            assert SIGNER.verify(Purpose.UNSUBSCRIBE, forged) is None


@pytest.mark.parametrize("length", range(TOKEN_LENGTH))
def test_a_cut_token_is_worth_nothing(length: int) -> None:
    assert SIGNER.verify(Purpose.UNSUBSCRIBE, TOKEN[:length]) is None
    assert SIGNER.verify(Purpose.UNSUBSCRIBE, TOKEN[-length:] if length else "") is None


@pytest.mark.parametrize(
    "wrong",
    [TOKEN + "A", TOKEN + "\n", " " + TOKEN, TOKEN + "=", TOKEN.upper(), TOKEN.lower(), TOKEN * 2],
)
def test_what_was_added_or_folded_is_worth_nothing(wrong: str) -> None:
    assert SIGNER.verify(Purpose.UNSUBSCRIBE, wrong) is None


def test_a_token_of_another_installation_is_worth_nothing() -> None:
    assert (
        SIGNER.verify(Purpose.UNSUBSCRIBE, Signer([FOREIGN]).sign(Purpose.UNSUBSCRIBE, "x" * 12))
        is None
    )


@given(st.text(max_size=60) | st.text(SIGNS, min_size=TOKEN_LENGTH, max_size=TOKEN_LENGTH))
@settings(max_examples=200, deadline=None)
def test_rubbish_is_worth_nothing_and_breaks_nothing(rubbish: str) -> None:
    assert SIGNER.verify(Purpose.UNSUBSCRIBE, rubbish) is None


def test_after_rotation_the_first_key_signs_and_every_key_verifies() -> None:
    rotated = Signer([NEW, OLD])
    assert rotated.verify(Purpose.UNSUBSCRIBE, TOKEN) == REFERENCE
    fresh = rotated.sign(Purpose.UNSUBSCRIBE, REFERENCE)
    assert fresh == Signer([NEW]).sign(Purpose.UNSUBSCRIBE, REFERENCE) != TOKEN
    assert SIGNER.verify(Purpose.UNSUBSCRIBE, fresh) is None


def test_a_key_that_was_taken_away_verifies_no_more() -> None:
    assert Signer([NEW]).verify(Purpose.UNSUBSCRIBE, TOKEN) is None


def test_two_keys_with_one_id_both_verify_and_no_other() -> None:
    first, second = two_keys_with_one_id()
    for keys in ([first, second], [second, first]):
        signer = Signer(keys)
        for key in keys:
            token = Signer([key]).sign(Purpose.CONFIRM, REFERENCE)
            assert signer.verify(Purpose.CONFIRM, token) == REFERENCE
    one, other = Signer([first]), Signer([second])
    assert one.verify(Purpose.CONFIRM, other.sign(Purpose.CONFIRM, REFERENCE)) is None


def test_a_signer_needs_a_key() -> None:
    with pytest.raises(ValueError, match="at least one key"):
        Signer([])
