"""The checklist finds what it is for: each item fails a message that breaks it."""

from collections.abc import Callable

import pytest
from tests.support import checklist
from tests.unit.mail import samples

RAW, EXPECTED = samples.digest()


def changed(old: bytes, new: bytes) -> bytes:
    assert RAW.count(old) >= 1
    return RAW.replace(old, new, 1)


def added(field: bytes) -> bytes:
    return field + b"\r\n" + RAW


def without(name: str) -> bytes:
    (line,) = [part for part in RAW.split(b"\r\n") if part.startswith(name.encode() + b":")]
    return changed(line + b"\r\n", b"")


def unsubscribe_uri() -> bytes:
    return checklist.unsubscribe_uris(RAW)[0].encode()


BROKEN: dict[str, list[Callable[[], bytes]]] = {
    "m01": [lambda: added(b"Subject: again"), lambda: without("MIME-Version")],
    "m02": [
        lambda: changed(b"<news@pinlabs.example>", b"<news@gmail.com>"),
        lambda: changed(b"<news@pinlabs.example>", b"<news@pinlabs.example>, x@pinlabs.example"),
    ],
    "m03": [
        lambda: changed(b"Message-ID: <17.", b"Message-ID: <17 ."),
        lambda: changed(b"installation@pinlabs", b"installation@others"),
    ],
    "m04": [lambda: changed(b"24 Nov 2026", b"22 Nov 2026"), lambda: changed(b"+0000", b"GMT")],
    "m05": [
        lambda: changed(b"=\r\n", b"=\n"),
        lambda: changed(b"Precedence: bulk", b"Precedence: " + b"bulk " * 20),
        lambda: changed(b"Precedence: bulk", b"Precedence:\r\n \r\n bulk"),
        lambda: RAW + b"x" * 999 + b"\r\n",
    ],
    "m06": [lambda: changed(b"Precedence: bulk", "Precedence: bülk".encode())],
    "m07": [
        lambda: changed(b"Feedback-ID: ", b"Feedback-ID: =?utf-8?b?w6Q=?="),
        lambda: changed(b"Subject: ", b"Subject: =?utf-8?b?w6Q=?==?utf-8?b?w6Q=?= "),
        lambda: changed(b"Subject: ", b"Subject: =?utf-8?b?" + b"w6Qg" * 20 + b"?= "),
    ],
    "m08": [lambda: added(b"X-Long: " + b"x" * 8000)],
    "m09": [
        lambda: changed(b"text/plain", b"text/html"),
        lambda: changed(b"=\r\n", b"\r\n.="),
        lambda: RAW.replace(b"=\r\n", b""),
    ],
    "m10": [
        lambda: changed(b"ada@example.net>", b"ada@example.net>, bob@example.net"),
        lambda: added(b"Cc: eve@example.net"),
        lambda: changed(b"What changes", b"eve@example.net"),
    ],
    "m11": [
        lambda: changed(b"Subject: ", b"Subject: Re: "),
        lambda: changed(b"From: Pin Labs", b"From: Pin Labs for Ada"),
    ],
    "m12": [lambda: added(b"Return-Path: <x@pinlabs.example>")],
    "m13": [
        lambda: changed(b"<https://news", b"<mailto:x@news"),
        lambda: changed(b",\r\n <mailto:", b",\r\n <https://x.example>, <mailto:"),
    ],
    "m14": [
        lambda: changed(b"=One-Click", b"=One-click"),
        lambda: without("List-Unsubscribe-Post"),
    ],
    "m15": [
        lambda: RAW.replace(b"https://news.pinlabs.example/u/", b"https://news.other.example/u/"),
        lambda: RAW.replace(unsubscribe_uri(), unsubscribe_uri() + b"?email=ada@example.net"),
        lambda: RAW.replace(unsubscribe_uri(), unsubscribe_uri() + b"x" * 20),
    ],
    "m17": [
        lambda: changed(b"<newsletter.pinlabs.example>", b"newsletter"),
        lambda: changed(b"List-Id: ", b"List-Id: " + b"long " * 50),
    ],
    "m18": [
        lambda: changed(b"digest:newsletter:pinlabs", b"a:b:c:d:pinlabs"),
        lambda: changed(b"digest:newsletter:pinlabs", b"digest:digest:pinlabs"),
        lambda: changed(b"digest:newsletter:pinlabs", b"digest:newsletter:pin"),
        lambda: changed(b"digest:newsletter:pinlabs", b"digest:17.installation:pinlabs"),
    ],
    "m19": [lambda: without("Precedence"), lambda: without("X-Auto-Response-Suppress")],
    "m26": [
        lambda: changed(b"1 Lab Street", b""),
        lambda: changed(b"You get this because", b""),
        lambda: changed(b"Unsubscribe from these mails</a>", b"click</a>"),
        lambda: RAW.replace(b"</body>", b'<p style=3D"display:none">x</p></body>'),
    ],
    "m27": [lambda: changed(b"</body>", (b"x" * 70 + b"=\r\n") * 1500 + b"</body>")],
    "m28": [lambda: RAW + b"x" * 500_000],
    "m29": [
        lambda: changed(b"</body>", b"<form></form></body>"),
        lambda: changed(b"</body>", b"<img src=3D'https://x.example/y'></body>"),
        lambda: changed(b"</body>", b"<a href=3D'http://x.example/y'>x</a></body>"),
        lambda: changed(b"</body>", b"<a href=3D'https://10.0.0.1/y'>x</a></body>"),
        lambda: changed(b"</body>", b"<a href=3D'https://x.example:8443/y'>x</a></body>"),
        lambda: changed(b"</body>", b"<a href=3D'https://bit.ly/y'>x</a></body>"),
        lambda: changed(b"</body>", b"<a href=3D'/y'>x</a></body>"),
        lambda: changed(b'lang=3D"en"', b""),
    ],
    "m30": [lambda: changed(b"</body>", b"https://xn--pple-43d.example/ </body>")],
}


@pytest.mark.parametrize(
    ("item", "number"), [(item, n) for item, some in BROKEN.items() for n in range(len(some))]
)
def test_a_message_that_breaks_the_item_does_not_pass(item: str, number: int) -> None:
    with pytest.raises((AssertionError, ValueError)):
        checklist.CHECKS[item](BROKEN[item][number](), EXPECTED)


def test_every_item_of_issue_2_is_there_and_has_its_counter_example() -> None:
    numbers = [*range(1, 16), *range(17, 20), *range(26, 31)]
    assert sorted(checklist.CHECKS) == [f"m{number:02}" for number in numbers] == list(BROKEN)


def test_check_tells_all_that_does_not_hold() -> None:
    raw = b"Received: by us\r\nSubject: again\r\n" + RAW
    with pytest.raises(AssertionError, match=r"(?s)m01: .*m12: "):
        checklist.check(raw, EXPECTED)
    checklist.check(RAW, EXPECTED)


def test_what_a_relay_and_a_maildir_did_is_undone() -> None:
    added = (
        b"Return-Path: <news@pinlabs.example>\nX-Original-To: ada@example.net\n"
        b"Delivered-To: ada@example.net\nReceived: from x (x [127.0.0.1])\n\tby postfix.test\n"
        b"\tfor <ada@example.net>; Tue, 24 Nov 2026 09:00:08 +0000 (UTC)\n"
    )
    delivered = added + RAW.replace(b"\r\n", b"\n")
    assert checklist.as_sent(delivered) == RAW
    assert checklist.as_sent(RAW) == RAW
