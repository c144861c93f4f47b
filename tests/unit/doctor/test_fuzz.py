"""Whatever stands in DNS, reading it ends at once, with a value or with its own complaint."""

import time
from contextlib import suppress
from ipaddress import ip_address

from hypothesis import example, given
from hypothesis import strategies as st

from pinlabs_mailer.doctor.dmarc import record as dmarc
from pinlabs_mailer.doctor.finding import quoted
from pinlabs_mailer.doctor.spf import record as spf
from pinlabs_mailer.doctor.spf.macro import Letter, expand

LETTER = Letter(ip_address("2001:db8::1"), "news@pinlabs.example", "mail.pinlabs.example")
ADDRESS = ip_address("192.0.2.1")

SPF_PIECES = st.sampled_from(
    ["v=spf1", " ", "+", "-", "~", "?", "all", "a", "mx", "ptr", "ip4:", "ip6:", "include:",
     "exists:", "redirect=", "exp=", "192.0.2.1", "/24", "//64", "/999", "2001:db8::", "::", "%{i}",
     "%{d2r.-}", "%{", "%", "%%", ".", "=", ":", "x.test", "é", "\x00", "0" * 9, "a" * 300]
)  # fmt: skip
DMARC_PIECES = st.sampled_from(
    ["v=DMARC1", "v = DMARC1 ", ";", "p=", "none", "reject", "sp=", "np=", "psd=", "y", "t=",
     "rua=", "mailto:", "a@b.test", "!10m", ",", "pct=50", " ", "=",
     "https://[", "%00", "é", "\x00", "&"]
)  # fmt: skip


def texts(pieces: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Return records put together from what means something, and from anything."""
    return st.one_of(st.lists(pieces, max_size=40).map("".join), st.text(max_size=600))


@given(texts(SPF_PIECES))
@example("v=spf1 a:" + "/1" * 1500)
@example("v=spf1 " + "a" * 3900 + "=")
def test_reading_spf_ends_with_a_record_or_a_complaint(text: str) -> None:
    began = time.monotonic()
    spf.is_spf(text)
    with suppress(spf.SpfSyntax):
        read = spf.parse(text)
        assert read.last_word in ("", "+", "-", "~", "?")
        for term in read.terms:
            assert term.network is None or ADDRESS not in term.network or term.name == "ip4"
            with suppress(spf.SpfSyntax):
                expand(term.spec, "pinlabs.example", LETTER)
    assert time.monotonic() - began < 1


@given(texts(SPF_PIECES))
@example("%{s" + "9" * 200 + "}")
@example("%{S}" * 100)
def test_expanding_macros_gives_a_name_or_a_complaint(spec: str) -> None:
    with suppress(spf.SpfSyntax):
        assert len(expand(spec, "pinlabs.example", LETTER)) <= 253


@given(texts(DMARC_PIECES))
@example("v=DMARC1;" + " " * 8000 + "x")
@example("v=DMARC1; rua=" + "mailto:a@b.test," * 500)
@example("v=DMARC1; rua=mailto:a@[::1,https://[")
def test_reading_dmarc_ends_with_a_record(text: str) -> None:
    began = time.monotonic()
    dmarc.is_dmarc(text)
    read = dmarc.parse(text)
    assert read.policy in dmarc.POLICIES
    assert read.policy_below(True) in dmarc.POLICIES
    assert read.policy_below(False) in dmarc.POLICIES
    assert read.psd in ("y", "n", "u")
    assert all("@" in address for address in read.reports_to)
    assert time.monotonic() - began < 1


@given(st.text(max_size=400))
def test_what_others_wrote_is_told_as_one_short_line_of_ascii(text: str) -> None:
    told = quoted(text)
    assert told.isascii()
    assert told.isprintable()
    assert len(told) <= 120
