"""Any bytes: no crash, and never more than a second. `LINT_FUZZ=600` searches for ten minutes."""

import os
import time

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.unit.mail.preflight import mails
from tests.unit.mail.preflight.mails import STANDARD

from pinlabs_mailer.mail.preflight import check

SECONDS = float(os.environ.get("LINT_FUZZ", "0"))
BOUND = 1.0
GOOD = mails.digest().raw()
HEADS = [
    b"From", b"To", b"Date", b"Subject", b"Message-ID", b"List-Unsubscribe", b"List-Id",
    b"DKIM-Signature", b"Content-Type", b"Content-Transfer-Encoding", b"Feedback-ID",
]  # fmt: skip
VALUES = [
    b"multipart/mixed; boundary=a", b"text/html; charset=utf-7", b"base64", b"quoted-printable",
    b"=?utf-8?b?w6Q=?=", b"=?utf-8?q?=E4?=", b"<https://[::1>", b"((((", b'"', b"v=1; h=from; b=",
    b"Tue, 99 Nov 99999 99:99:99 +9999", b"<a@b>, <c@d>", b"\xff\xfe", b"\r\n \r\n ",
]  # fmt: skip
SNIPPETS = [
    b"<a href='https://[x'>", b"<a href=javascript:x>", b"<img width=9e9>", b"<style>@media{",
    b"a{color:rgb(", b"<td bgcolor=#>", b"style='background:url('", b"<b a", b"</", b"<!--",
    b"--a\r\n", b"--a--\r\n", b"{{", b"=\r\n", b"=00", b"(((((", b"\xed\xa0\x80", b"xn--", b"&#0;",
    b"https://xn--0/", b"<html lang>", b"<div style='", b"font:", b";", b"'>", b"</style>",
    b"<table>", b"<svg><style>", b"<p>",
]  # fmt: skip

pieces = st.one_of(st.sampled_from(SNIPPETS), st.binary(max_size=40))
bodies = st.lists(st.tuples(pieces, st.sampled_from([1, 1, 1, 2, 50, 1000])), max_size=12).map(
    lambda some: b"".join(piece * times for piece, times in some)
)
headers = st.lists(
    st.tuples(st.sampled_from(HEADS), st.one_of(st.sampled_from(VALUES), st.binary(max_size=60))),
    max_size=8,
).map(lambda some: b"".join(name + b": " + value + b"\r\n" for name, value in some))


def spoil(place: float, length: int, piece: bytes) -> bytes:
    start = int(place * len(GOOD))
    return GOOD[:start] + piece + GOOD[start + length :]


mails_of_any_kind = st.one_of(
    st.binary(max_size=300),
    st.builds(lambda head, body: head + b"\r\n" + body, headers, bodies),
    st.builds(
        lambda head, body: b"Content-Type: text/html\r\n" + head + b"\r\n" + body, headers, bodies
    ),
    st.builds(spoil, st.floats(0, 1), st.integers(0, 200), bodies),
)


def measure(raw: bytes) -> None:
    began = time.process_time()
    for finding in check(raw, STANDARD):
        assert "\x1b" not in str(finding)
    assert time.process_time() - began < BOUND, (len(raw), raw[:2_000])


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(mails_of_any_kind)
@example(b"Content-type:multipart/;boundary=a")
def search(raw: bytes) -> None:
    measure(raw)


def test_any_bytes_are_measured() -> None:
    ends = time.monotonic() + SECONDS
    search()
    while time.monotonic() < ends:
        search()


@pytest.mark.parametrize(
    "body",
    [
        b"<div>" * 60_000,
        b"<b a>" * 4_900 + b"<p>" * 90,
        b"<a " + b" ".join(b"x%d" % n for n in range(40_000)) + b">",
        b"<table><tr><td>" * 9_000,
        b"<style>" + b"a{" * 100_000 + b"</style>",
        b"<style>" + b".x{color:red}" * 70_000 + b"</style>",
        b"<p style='" + b"(" * 300_000 + b"'>",
        b"".join(b"<p style='color:#%06x;background:#fff'>x</p>" % n for n in range(4_000)),
        b"<p class='" + b"x " * 100_000 + b"'>",
        b"<a href='" + b"x" * 900_000 + b"'>",
        b"&lt;" * 200_000,
        b"=?utf-8?b?" * 90_000,
        b" " * 900_000,
        b"\n" * 900_000,
        b"https://x.example " * 50_000,
        b"%(" * 400_000,
        b"<a><b>" * 2_400,
        b"\0" * 900_000,
    ],
    ids=lambda body: repr(body[:12]),
)
@pytest.mark.parametrize("kind", [b"text/html", b"text/plain"])
def test_what_is_made_to_take_long_does_not(kind: bytes, body: bytes) -> None:
    measure(b"From: a@b.example\r\nContent-Type: " + kind + b"\r\n\r\n" + body)


@pytest.mark.parametrize("name", HEADS)
@pytest.mark.parametrize(
    "value",
    [
        b"(" * 900_000,
        b"=?a?b?" * 150_000,
        b"<" * 900_000,
        b";" * 900_000,
        b"\r\n x" * 200_000,
        b'"\\' * 400_000,
        b", " * 400_000,
        b" " * 900_000,
    ],
)
def test_a_long_field_does_not_take_long(name: bytes, value: bytes) -> None:
    measure(name + b": " + value + b"\r\n\r\nbody\r\n")


def test_parts_that_nest_do_not_take_long() -> None:
    nested = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n)
        for n in range(9_000)
    )
    measure(nested)
    many = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 60_000
    measure(many)
