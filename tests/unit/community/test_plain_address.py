"""The quick look at an address comes to the same result as the careful one, always."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinlabs_mailer.community.address import parse_address
from pinlabs_mailer.community.plain_address import parse_quickly
from pinlabs_mailer.errors import BadAddress

_SIGNS = "aZ09_+-.@' \"xn\u00e4\u0130\u017f\n"
_label = st.text("aB0-", min_size=1, max_size=66)
_domain = st.lists(_label, min_size=1, max_size=5).map(".".join)
_end = st.sampled_from(
    ["org", "COM", "test", "invalid", "local", "LOCALHOST", "arpa", "onion", "example", "x1", "c"]
)


def result(parse: object, raw: str) -> object:
    assert callable(parse)
    try:
        return parse(raw)
    except BadAddress as error:
        return str(error)


@settings(max_examples=1500, deadline=None)
@given(st.text(_SIGNS, max_size=70), _domain, _end)
def test_it_agrees_on_what_looks_like_an_address(local: str, domain: str, end: str) -> None:
    raw = f"{local}@{domain}.{end}"
    assert result(parse_quickly, raw) == result(parse_address, raw)


@settings(max_examples=500, deadline=None)
@given(st.text(_SIGNS, max_size=40))
def test_it_agrees_on_anything(raw: str) -> None:
    assert result(parse_quickly, raw) == result(parse_address, raw)


@pytest.mark.parametrize(
    "raw",
    [
        "Ada.L+news@Mail.Example.ORG",
        "a" * 64 + "@example.org",
        "a" * 65 + "@example.org",
        "ada@" + "x" * 63 + ".org",
        "ada@" + "x" * 64 + ".org",
        "ada@" + "x." * 120 + "org",
        "ada@xn--bcher-kva.example",
        "ada@ab--cd.example",
        "ada@printer.local",
        "ada@example.org\n",
        " ada@example.org",
        "ada@example.org.",
        "ada@127.0.0.1",
        "\u212aada@example.org",
        "ada@\u212aelvin.org",
    ],
)
def test_it_agrees_at_the_edges(raw: str) -> None:
    assert result(parse_quickly, raw) == result(parse_address, raw)
