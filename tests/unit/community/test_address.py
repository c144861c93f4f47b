"""Addresses and names: what is taken, as what it is kept, and what is refused."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinlabs_mailer.community.address import Address, clean_name, envelope, parse_address
from pinlabs_mailer.errors import BadAddress, BadInput


@pytest.mark.parametrize(
    ("typed", "email", "key"),
    [
        ("ada@example.org", "ada@example.org", "ada@example.org"),
        ("  Ada.L+news@Example.ORG ", "Ada.L+news@example.org", "ada.l+news@example.org"),
        ("ada@bücher.example", "ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@xn--bcher-kva.example", "ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ädä@example.org", "ädä@example.org", "ädä@example.org"),
        ("a\u0308da@example.org", "äda@example.org", "äda@example.org"),
        ("o'hara@example.org", "o'hara@example.org", "o'hara@example.org"),
    ],
)
def test_an_address_is_kept_as_typed_and_compared_by_its_key(
    typed: str, email: str, key: str
) -> None:
    assert parse_address(typed) == Address(email, key)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "ada",
        "ada@",
        "@example.org",
        "ada@example",
        "ada@@example.org",
        "ada@example..org",
        ".ada@example.org",
        "a" * 65 + "@example.org",
        "ada@" + "x" * 64 + ".org",
        "ada@" + "x." * 130 + "org",
        "a b@example.org",
        '"a b"@example.org',
        "Ada <ada@example.org>",
        "ada@example.org, bob@example.org",
        "ada@[192.0.2.1]",
        "ada@localhost",
        "ada@example.org\r\nBcc: x@example.org",
        "ada\n@example.org",
        "ada@example.org\0",
        "ada@example.org\u2028",
        "ada\ud800@example.org",
        "ada<script>@example.org",
        "x" * 100_000,
    ],
)
def test_what_is_no_address_is_refused_in_a_short_message(typed: str) -> None:
    with pytest.raises(BadAddress) as caught:
        parse_address(typed)
    said = str(caught.value)
    assert "is no email address" in said
    assert said.isprintable() or "\n" in said
    assert "\r" not in said
    assert len(said) < 700


@pytest.mark.parametrize(
    ("email", "wire"),
    [
        ("Ada@example.org", "Ada@example.org"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ädä@bücher.example", "ädä@xn--bcher-kva.example"),
    ],
)
def test_on_the_wire_a_domain_is_ascii(email: str, wire: str) -> None:
    assert envelope(email) == wire


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Ada Lovelace", "Ada Lovelace"),
        ("  Ada \u00a0 Lovelace ", "Ada Lovelace"),
        ("", ""),
        ("   ", ""),
        ("O'Hara, J. R. R. (née St.John)", "O'Hara, J. R. R. (née St.John)"),
        ("Žofie 漢字 👩", "Žofie 漢字 👩"),
        ("A\u202eda\ufeff\u200b", "Ada"),
        ("\ufdd0recipient.email\ufdd1", "recipient.email"),
        ("=?utf-8?q?x?=", "=?utf-8?q?x?="),
        ("x" * 60, "x" * 60),
    ],
)
def test_a_name_is_kept_in_one_plain_line(typed: str, kept: str) -> None:
    assert clean_name(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "Ada\r\nBcc: x@example.org",
        "Ada\n",
        "A\0da",
        "A\tda",
        "Ada\x85",
        "Ada\u2028",
        "Ada\ud800",
        "x" * 61,
        "Win at https://x.example",
        "WWW.x.example",
        "x.example/win",
        "<b>Ada</b>",
        "ada@example.org",
        "Ada > Bob",
    ],
)
def test_a_name_with_a_link_or_controls_in_it_is_refused(typed: str) -> None:
    with pytest.raises(BadInput) as caught:
        clean_name(typed)
    assert str(caught.value).isascii()
    assert len(str(caught.value)) < 600


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(), max_size=80))
def test_a_name_that_is_kept_stays_as_it_is(typed: str) -> None:
    try:
        kept = clean_name(typed)
    except BadInput:
        return
    assert clean_name(kept) == kept
    assert len(kept) <= 60
    kept.encode()


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(), max_size=40) | st.emails())
def test_an_address_that_is_taken_stays_as_it_is(typed: str) -> None:
    try:
        address = parse_address(typed)
    except BadAddress:
        return
    assert parse_address(address.email) == address
    assert parse_address(address.key).key == address.key
    assert " " not in envelope(address.email)
    assert envelope(address.email).rpartition("@")[2].isascii()
