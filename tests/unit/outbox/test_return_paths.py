"""M24: a return path is small, signed, and outlives what mail servers do to it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinlabs_mailer.outbox.return_paths import FORGED, ReturnPaths
from pinlabs_mailer.tokens import Signer

OLD, NEW, FOREIGN = "o" * 32, "n" * 32, "f" * 32
PATHS = ReturnPaths("return.pinlabs.example", Signer([OLD]))
PATH = PATHS.of(17)
LOCAL, _, DOMAIN = PATH.partition("@")


@given(st.integers(0, 2**40 - 1))
def test_m24_a_return_path_names_its_delivery_in_at_most_64_small_characters(number: int) -> None:
    path = PATHS.of(number)
    local = path.partition("@")[0]
    assert re.fullmatch(r"b\.[a-z2-7]+", local)
    assert len(local) <= 64
    assert PATHS.read([path]) == number


@pytest.mark.parametrize(
    "folded", [PATH.upper(), PATH.title(), f"<{PATH}>", f" {PATH} ", f"{LOCAL}@{DOMAIN.upper()}."]
)
def test_m24_it_survives_case_folding_and_brackets(folded: str) -> None:
    assert PATHS.read([folded]) == 17


@given(st.integers(2, len(LOCAL) - 1), st.sampled_from("abcdefghijklmnopqrstuvwxyz234567"))
def test_one_that_was_altered_is_forged(place: int, sign: str) -> None:
    altered = f"{LOCAL[:place]}{sign}{LOCAL[place + 1 :]}@{DOMAIN}"
    assert PATHS.read([altered]) == (17 if altered == PATH else FORGED)


@pytest.mark.parametrize(
    "local", ["b.", "b.1", LOCAL[:-1], LOCAL + "a", "b." + "1" * 32, "b." + "a" * 32, LOCAL + "8"]
)
def test_one_that_is_cut_or_made_up_is_forged(local: str) -> None:
    assert PATHS.read([f"{local}@{DOMAIN}"]) is FORGED


@pytest.mark.parametrize(
    "other",
    ["", "@", "postmaster@return.pinlabs.example", f"{LOCAL}@elsewhere.example", "b.x@", DOMAIN],
)
def test_other_addresses_are_no_return_paths(other: str) -> None:
    assert PATHS.read([other]) is None


def test_a_genuine_one_counts_whatever_stands_beside_it() -> None:
    assert PATHS.read([f"b.x@{DOMAIN}", "ada@example.org", PATH]) == 17


def test_it_outlives_its_key_as_long_as_the_key_is_listed() -> None:
    assert ReturnPaths(DOMAIN, Signer([NEW, OLD])).read([PATH]) == 17
    assert ReturnPaths(DOMAIN, Signer([NEW])).read([PATH]) is FORGED


def test_a_stamp_for_another_purpose_is_none() -> None:
    signer = Signer([OLD])
    stamp = signer.stamp(b"hook:ses")
    assert signer.is_stamp(b"hook:ses", stamp)
    assert not signer.is_stamp(b"return path:", stamp)
    assert stamp != signer.stamp(b"return path:")
    assert not Signer([FOREIGN]).is_stamp(b"hook:ses", stamp)
