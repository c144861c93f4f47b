"""Who says that they are us is not believed, however they spell it; and which letters are to us."""

import pytest

from pinlabs_mailer.feedback.ours import Ours
from pinlabs_mailer.feedback.part import Fields

OURS = Ours(
    frozenset({"news.pinlabs.example", "return.mail.example", "xn--bcher-kva.example"}),
    "return.mail.example",
    "team@news.pinlabs.example",
)


@pytest.mark.parametrize(
    "head",
    [
        "From: The boss <ceo@news.pinlabs.example>",
        "From: ceo@NEWS.PINLABS.EXAMPLE",
        "From: ceo@hr.news.pinlabs.example",
        "From: ceo@pinlabs.example",
        "From: ceo@mail.example",
        "From: ceo@xn--bcher-kva.example",
        "From: ceo@bücher.example",
        "From: Eve <eve@elsewhere.example>, ceo@pinlabs.example",
        "From: Eve <eve@elsewhere.example>\nSender: <ceo@pinlabs.example>",
        'From: "ceo@pinlabs.example" <eve@elsewhere.example>',
        "From: =?utf-8?q?ceo=40pinlabs.example?= <eve@elsewhere.example>",
        "From: eve@elsewhere.example, ceo @ pinlabs.example",
        "From: eve@elsewhere.example, ceo@(yes)pinlabs.example",
        "From: eve@elsewhere.example\nFrom: ceo@pinlabs.example",
        "From: eve@elsewhere.example," + " " * 5_000 + "ceo@pinlabs.example",
        "From: " + "eve@elsewhere.example, " * 200 + "ceo@pinlabs.example",
        "To: ada@example.org",
    ],
)
def test_what_may_be_read_as_written_by_us_is_not_believed(head: str) -> None:
    assert OURS.wrote(Fields(f"{head}\nSubject: Pay this\n".encode()))


@pytest.mark.parametrize(
    "head",
    [
        "From: Ada <ada@example.org>",
        "From: 'ada@example.org' <ada@example.org>",
        "From: Ada <ada@notpinlabs.example>\nReply-To: ceo@pinlabs.example",
        "From: Ada <ada@example.org>\nSender: bob@example.net",
        "From: =?utf-8?q?J=C3=BCrgen?= <j@grün.example>",
        "From: Ada <ada@other.example>\nTo: team@news.pinlabs.example",
    ],
)
def test_letters_of_others_are_theirs(head: str) -> None:
    assert not OURS.wrote(Fields(head.encode()))


@pytest.mark.parametrize(
    ("head", "to_us"),
    [
        ("To: b.xyz@return.mail.example", True),
        ("To: mum@example.org\nCc: Leave <Leave@Return.Mail.Example>", True),
        ("To: friends:;\nDelivered-To: team@news.pinlabs.example", True),
        ("X-Original-To: b.xyz@return.mail.example", True),
        ("To: other@news.pinlabs.example", False),
        ("To: me@home.example", False),
        ("Bcc: b.xyz@return.mail.example", False),
        ("", False),
    ],
)
def test_a_letter_is_to_us_if_it_names_a_return_path_or_the_sender(head: str, to_us: bool) -> None:
    assert OURS.are_named(Fields(head.encode())) == to_us
    assert not OURS._replace(return_domain="", sender="x@y.example").are_named(
        Fields(head.encode())
    )
