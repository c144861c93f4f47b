"""Header fields: what cannot be written safely is refused, all else comes out as it went in."""

import base64
import re
from datetime import UTC, datetime, timedelta, timezone
from email.header import decode_header, make_header

import pytest
from tests.support import checklist

from pinlabs_mailer.errors import BadInput
from pinlabs_mailer.mail import header
from pinlabs_mailer.settings import Mailbox

ADDRESS = "ada@example.net"
CONTROLS = ["\r", "\n", "\r\n", "\0", "\r\nBcc: eve@example.net", "\t", "\x0b", "\x1b", "\x7f"]


def read_phrase(field: bytes, address: str = ADDRESS) -> str:
    """Return the display name as the standard library's older, laxer reader decodes it."""
    value = field.decode().partition(": ")[2].replace("\r\n", "")
    phrase = value.removesuffix(f" <{address}>")
    assert phrase != value
    if phrase.startswith('"'):
        return re.sub(r"\\(.)", r"\1", phrase[1:-1])
    return str(make_header(decode_header(phrase)))


def lines(field: bytes) -> list[bytes]:
    assert field.endswith(b"\r\n")
    return field[:-2].split(b"\r\n")


@pytest.mark.parametrize("evil", CONTROLS)
def test_a12_control_characters_are_refused_everywhere(evil: str) -> None:
    for place in ("Ada" + evil, evil + "Ada", f"A{evil}da"):
        with pytest.raises(BadInput):
            header.text("Subject", place)
        with pytest.raises(BadInput):
            header.raw("Feedback-ID", place)
        with pytest.raises(BadInput):
            header.mailbox("To", Mailbox(place, ADDRESS))
        with pytest.raises(BadInput):
            header.mailbox("To", Mailbox("Ada", place + "@example.net"))
        with pytest.raises(BadInput):
            header.uris("List-Unsubscribe", "https://news.example.com/" + place)


@pytest.mark.parametrize("address", ["a b@x.org", "a@x.org>, <b@x.org", "a@x.org,b@x.org", "a@x;b"])
def test_an_address_cannot_bring_a_second_one(address: str) -> None:
    for name in ("", "Ada"):
        with pytest.raises(BadInput):
            header.mailbox("To", Mailbox(name, address))


@pytest.mark.parametrize("uri", ["https://x.org/>,<https://y.org", "https://x.org/a b", "ü:x", ""])
def test_a_uri_cannot_leave_its_brackets(uri: str) -> None:
    with pytest.raises(BadInput):
        header.uris("List-Unsubscribe", uri)


def test_a_raw_value_beyond_ascii_is_refused() -> None:
    with pytest.raises(BadInput):
        header.raw("Feedback-ID", "bücher")


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Ada Lovelace", "Ada Lovelace"),
        ("Lovelace, Ada", '"Lovelace, Ada"'),
        ('Ada "Countess" \\', '"Ada \\"Countess\\" \\\\"'),
        ("A. Lovelace", '"A. Lovelace"'),
        ("(Ada)", '"(Ada)"'),
        ("<ada@x.org>", '"<ada@x.org>"'),
        ("Ada  L", '"Ada  L"'),
        (" Ada", '" Ada"'),
        ("@:;", '"@:;"'),
        ("a=b?c", "a=b?c"),
    ],
)
def test_a_name_is_quoted_where_it_must_be(name: str, written: str) -> None:
    field = header.mailbox("To", Mailbox(name, ADDRESS))
    assert field == f"To: {written} <{ADDRESS}>\r\n".encode()
    assert read_phrase(field) == name
    assert checklist.parse(field + b"\r\n")["To"].addresses[0].display_name == name


def test_without_a_name_the_address_stands_alone() -> None:
    assert header.mailbox("To", Mailbox("", ADDRESS)) == b"To: ada@example.net\r\n"


@pytest.mark.parametrize("text", ["=?utf-8?q?x?=", "a =?utf-8?b?YQ==?= b", "=?", '"=?x?="'])
def test_what_looks_like_an_encoded_word_is_not_read_as_one(text: str) -> None:
    assert read_phrase(header.mailbox("To", Mailbox(text, ADDRESS))) == text
    assert str(checklist.parse(header.text("Subject", text) + b"\r\n")["Subject"]) == text


@pytest.mark.parametrize("before", range(45))
def test_no_character_is_split_across_two_encoded_words(before: int) -> None:
    name = "a" * before + "👩‍🔬é漢" * 12
    for field in (header.text("Subject", name), header.mailbox("To", Mailbox(name, ADDRESS))):
        words = re.findall(rb"=\?utf-8\?b\?([^?]+)\?=", field)
        assert "".join(base64.b64decode(word).decode() for word in words) == name
        assert all(len(line) <= 78 for line in lines(field))
        assert all(len(word) <= 75 - len("=?utf-8?b??=") for word in words)


@pytest.mark.parametrize("name", ["To", "From", "Reply-To", "Subject", "X-Something"])
def test_the_first_encoded_word_fits_beside_the_name_of_the_field(name: str) -> None:
    assert len(lines(header.text(name, "é" * 200))[0]) <= 78


@pytest.mark.parametrize("length", range(60, 100))
def test_ascii_is_folded_at_spaces_only_and_unfolds_to_itself(length: int) -> None:
    value = ("word " * 40 + "x" * length + " end")[:230].rstrip()
    field = header.text("Subject", value)
    assert field.replace(b"\r\n", b"") == b"Subject: " + value.encode()
    assert all(line.strip() for line in lines(field))
    assert all(len(line) <= 78 or b" " not in line.strip() for line in lines(field))


def test_a_long_quoted_name_folds_and_stays_whole() -> None:
    name = "Lovelace, " * 10 + "Ada"
    field = header.mailbox("To", Mailbox(name, ADDRESS))
    assert len(lines(field)) > 1
    assert max(map(len, lines(field))) <= 78
    assert read_phrase(field) == name


def test_a_word_that_no_line_can_hold_is_refused() -> None:
    with pytest.raises(BadInput, match="998"):
        header.text("Subject", "x" * 999)
    assert max(map(len, lines(header.text("Subject", "é" * 2000)))) <= 78


def test_list_unsubscribe_stays_raw_however_long_it_is() -> None:
    """Finding 1: the standard library makes encoded-words of 76 characters and more."""
    https = "https://a-long-name-of-a-host.news.pinlabs.example/u/" + "t" * 48
    mailto = "mailto:leave@pinlabs.example?subject=unsubscribe%20" + "t" * 48
    field = header.uris("List-Unsubscribe", https, mailto)
    assert field == f"List-Unsubscribe: <{https}>,\r\n <{mailto}>\r\n".encode()


def test_an_address_beyond_ascii_goes_as_utf_8_and_is_never_encoded() -> None:
    field = header.mailbox("To", Mailbox("Ädä", "ädä@example.net"))
    assert field.endswith(" <ädä@example.net>\r\n".encode())
    assert field.startswith(b"To: =?utf-8?b?")


def test_the_date_has_a_numeric_zone() -> None:
    moment = datetime(2026, 3, 1, 9, 5, 7, 999, tzinfo=UTC)
    assert header.date(moment) == b"Date: Sun, 01 Mar 2026 09:05:07 +0000\r\n"
    local = moment.astimezone(timezone(-timedelta(hours=3, minutes=30)))
    assert header.date(local) == b"Date: Sun, 01 Mar 2026 05:35:07 -0330\r\n"
