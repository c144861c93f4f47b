"""Nothing that comes back by mail may stop the reader: not its bytes, its size nor its nesting.

The fuzz test changes the samples. `FUZZ_SECONDS=600` in the environment lets it go on for ten
minutes, with its own examples each time.
"""

import os
import random
import time
import tracemalloc
import zlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.feedback.test_samples import SAMPLES, sample

from pinlabs_mailer.feedback.reading import read
from pinlabs_mailer.feedback.report import Kind, Report

HEAD = b"From: MAILER-DAEMON@mx.example.net\nSubject: failure notice\n"
REPORT = (
    HEAD + b"Content-Type: multipart/report; boundary=b\n\n--b\n"
    b"Content-Type: message/delivery-status\n\n"
    b"Final-Recipient: rfc822; ada@example.org\nAction: failed\n"
)
SECONDS = float(os.environ.get("FUZZ_SECONDS", "2"))
ALL = sorted(path.read_bytes() for path in SAMPLES.glob("*.eml"))
SPLICES = [
    b"\0", b"\r", b"\xff\xfe", b"\n\n", b"--=_cut\n", b"Content-Type: message/rfc822\n\n",
    b"Content-Type: multipart/mixed; boundary=\"=_cut\"\n\n", b"=?x?b?=", b"charset=punycode",
    b"Content-Transfer-Encoding: base64\n", b"550 5.1.1 ", b"<ada@example.org>: ", b"Status: 9.9\n",
    b"Final-Recipient: ;\n", b"Re: ", b"\xc3", b"(" * 300, b"@" * 300, b"a." * 300,
]  # fmt: skip


def timed(raw: bytes) -> tuple[Report, ...]:
    """Read a mail, in less than a second whatever it is."""
    start = time.process_time()
    reports = read(raw)
    assert time.process_time() - start < 1
    assert reports
    for report in reports:
        said = (report.recipient, report.status, report.reason, report.diagnostic)
        assert all(len(text) <= 500 and "\n" not in text and "\0" not in text for text in said)
        assert len(report.returned_to) + len(report.message_ids) + len(report.tokens) < 50
    return reports


def nested(depth: int, innermost: bytes) -> bytes:
    opened = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (i, i) for i in range(depth)
    )
    return HEAD + opened + innermost


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\0" * 100_000,
        b"\r" * 100_000,
        b"\n" * 100_000,
        b"From \n",
        b"\xff" * 100_000,
        b":" * 100_000,
        b"Subject: " + b"=?utf-8?q?a?= " * 20_000 + b"\n\nx",
        b"Subject: =?no-such?b?!!?=\nFrom: =?utf-8?b?/w==?=\n\n\xff",
        HEAD + b"X-8-bit: \xe4\xf6\xfc\nSubject: \xe4\n\n550 \xe4",
        HEAD + b"Content-Type: multipart/mixed" + b'; a="' * 50_000 + b"\n\nx",
        HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 50_000,
        HEAD + b"Content-Type: message/rfc822\n\n" * 1_000,
        nested(1_000, b"x"),
        REPORT + b"Diagnostic-Code: smtp; " + b"550 5.1.1 user " * 50_000,
        REPORT + b"Final-Recipient: rfc822; x@example.org\nAction: failed\n\n" * 20_000,
        HEAD + b"\n" + b"".join(b"<u%d@example.org>: 550 no\n" % i for i in range(20_000)),
        HEAD + b"Content-Type: text/html\n\n" + b"<!--" * 50_000,
        HEAD + b"Content-Type: text/html\n\n" + b"<a " * 50_000,
        *(HEAD + b"\n" + word * (200_000 // len(word)) for word in (b"a", b"@", b"<", b"a@", b" ")),
    ],
)  # fmt: skip
def test_no_bytes_stop_the_reader(raw: bytes) -> None:
    timed(raw)


@pytest.mark.parametrize("name", ["Subject", "From", "To", "Content-Type", "List-Unsubscribe"])
@pytest.mark.parametrize(
    "piece",
    ["(", "[", "-", "=", ":", "<", "@", "a", "a.", "a@", "Re:", "auto ", "no-reply ", '";x="'],
)
def test_no_header_field_stops_the_reader(name: str, piece: str) -> None:
    head = f"From: MAILER-DAEMON@mx.example.net\nSubject: failure\n{name}: {piece * 20_000}\n"
    timed(f"{name}: {piece * 20_000}\n\ntext".encode())
    timed(f"{head}\ncould not be delivered\n".encode())


@pytest.mark.parametrize(
    "charset",
    ["no-such", "punycode", "idna", "zlib", "hex", "unicode_escape", "utf-7", "utf-16", "", "\xff"],
)
def test_a_character_set_that_does_not_exist_is_read_as_far_as_it_can_be(charset: str) -> None:
    raw = sample("qmail").replace(b"charset=utf-8", b"charset=" + charset.encode("latin-1"))
    (report,) = timed(raw)
    assert (report.kind, report.recipient) == (Kind.HARD, "ada@example.org")


def test_a_report_is_found_though_its_parts_lack_their_end() -> None:
    (report,) = timed(REPORT + b"Status: 5.1.1")
    assert (report.kind, report.status) == (Kind.HARD, "5.1.1")


def test_30_megabytes_are_not_looked_at_and_take_no_memory() -> None:
    raw = sample("postfix-unknown-user") + b"x" * 30_000_000
    tracemalloc.start()
    (report,) = timed(raw)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert report.kind is Kind.HARD
    assert peak < 8_000_000


def test_an_attachment_is_never_unpacked() -> None:
    bomb = zlib.compress(bytes(50_000_000), 9)
    raw = HEAD + b"Content-Type: application/zip\nContent-Encoding: deflate\n\n" + bomb
    tracemalloc.start()
    timed(raw)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8_000_000


def test_a_usual_report_takes_five_milliseconds_of_processor_time() -> None:
    for raw in ALL:
        read(raw)
    start = time.process_time()
    for raw in ALL * 3:
        read(raw)
    assert (time.process_time() - start) / (3 * len(ALL)) < 0.005


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    raw = bytearray(draw(st.sampled_from(ALL)))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(raw)))
        match draw(st.sampled_from(["cut", "double", "splice", "flip", "swap"])):
            case "cut":
                del raw[at : at + draw(st.integers(1, 200))]
            case "double":
                raw[at:at] = raw[at : at + draw(st.integers(1, 2_000))]
            case "splice":
                raw[at:at] = draw(st.sampled_from(SPLICES)) * draw(st.integers(1, 50))
            case "flip":
                raw[at : at + 1] = draw(st.binary(max_size=3))
            case _:
                raw[at:at] = draw(st.sampled_from(ALL))[:2_000]
    return bytes(raw)


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(mutated())
def test_no_change_of_a_real_report_stops_the_reader(raw: bytes) -> None:
    timed(raw)


def test_no_change_stops_the_reader_for_as_long_as_asked() -> None:
    chance = random.Random()
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        raw = bytearray(chance.choice(ALL))
        for _ in range(chance.randint(1, 12)):
            at = chance.randint(0, len(raw))
            piece = chance.choice(SPLICES) * chance.randint(1, 400)
            other = chance.choice(ALL)
            raw[at : at + chance.choice((0, 0, 50, 500))] = chance.choice(
                (piece, other[: chance.randint(0, len(other))], chance.randbytes(20))
            )
        timed(bytes(raw))
