"""Quoted-printable cut at its slots: nothing that a relay would touch, whatever stands there."""

import quopri
import re

import pytest

from pinlabs_mailer.mail.slots import (
    HTML,
    TEXT,
    body,
    clean,
    cut,
    encode,
    quoted_printable,
    slot,
    unmarked,
)

NAME = slot("recipient.name")


def joined(rendered: str, value: str, *, html: bool = False) -> bytes:
    laid_out = body((cut(rendered), HTML if html else TEXT))
    return b"".join(laid_out.filled({"recipient.name": encode(value)}))


def read(encoded: bytes) -> str:
    return quopri.decodestring(encoded).decode("utf-8").replace("\r\n", "\n")


def assert_safe(encoded: bytes) -> None:
    """Assert RFC 2045 section 6.7, that no line begins or ends as relays would change, and that
    white space is single spaces: the relaxed form of RFC 6376 section 3.4.4."""
    assert encoded.count(b"\r") == encoded.count(b"\n") == encoded.count(b"\r\n")
    assert max(map(len, encoded.split(b"\r\n"))) <= 76
    assert not re.search(rb"\t|  | (\r\n|$)", encoded)
    assert not re.search(rb"(^|\r\n)(\.|From )", encoded)
    assert encoded.isascii()


@pytest.mark.parametrize(
    "rendered",
    [
        f"{NAME}",
        f"{NAME}\n",
        f"\n{NAME}",
        f"Hello {NAME},\n",
        f"Hello\t{NAME}\t\nthere",
        f"trailing   {NAME}   \nx",
        f"{NAME}{NAME}",
        f"{NAME}\n{NAME}\n\n{NAME}",
        f"{NAME}. {NAME}From x",
        f".{NAME}\n.\n..\nFrom x\n",
        "a" * 74 + NAME + "b" * 80,
        "a" * 75 + NAME,
        "a" * 76 + NAME + "\n",
        "a" * 77 + NAME + " ",
        f"{'é' * 13}{NAME}{'=' * 30}",
    ],
)
@pytest.mark.parametrize(
    "value",
    [
        "",
        "Ada",
        " Ada ",
        "A  da",
        "   ",
        ".",
        "..Ada",
        "From here",
        "é" * 60,
        "x" * 200,
        "=3D",
        "a" * 76,
    ],
)
def test_a_value_may_stand_anywhere(rendered: str, value: str) -> None:
    encoded = joined(rendered, value)
    assert_safe(encoded)
    assert read(encoded) == rendered.replace(NAME, value)


@pytest.mark.parametrize("length", range(70, 82))
@pytest.mark.parametrize("end", ["", "\n", " ", " \n", ".", "\n.x", "é", "\nFrom x"])
def test_lines_about_the_limit_stay_within_76(length: int, end: str) -> None:
    encoded = quoted_printable("x" * length + end)
    assert read(encoded) == "x" * length + end
    assert_safe(encoded)


def test_a_long_single_line_is_broken_by_crlf() -> None:
    assert quoted_printable("a" * 100) == b"a" * 75 + b"=\r\n" + b"a" * 25


@pytest.mark.parametrize("hazard", [".", "From ", "..", ".From ", "From From "])
@pytest.mark.parametrize("before", range(70, 80))
def test_a_soft_break_before_a_hazard_is_guarded(hazard: str, before: int) -> None:
    text = "x" * before + hazard * 40 + "\n" + hazard + "y" * 75
    encoded = quoted_printable(text)
    assert_safe(encoded)
    assert read(encoded) == text


def test_a_guarded_line_that_grew_too_long_is_broken() -> None:
    assert quoted_printable("." + "x" * 74) == b"=2E" + b"x" * 72 + b"=\r\n" + b"x" * 2
    assert quoted_printable("x" * 75 + ".") == b"x" * 75 + b"=\r\n=2E"


@pytest.mark.parametrize("before", range(65, 76))
def test_an_escape_is_never_cut(before: int) -> None:
    for line in quoted_printable("x" * before + "é" * 40).split(b"=\r\n"):
        assert re.fullmatch(rb"(x|=[0-9A-F]{2})+", line)
        assert len(line) <= 75


@pytest.mark.parametrize("length", [73, 74, 75, 76])
def test_a_full_line_that_ends_in_white_space_stays_within_76(length: int) -> None:
    """`binascii.b2a_qp` makes 78 of it."""
    for end in (" ", "\t"):
        for after in ("", "\n", "\nx", NAME):
            assert_safe(joined("x" * length + end + after, "Ada"))


def test_white_space_before_a_line_end_is_encoded() -> None:
    assert quoted_printable("a \nb\t\nc d\n") == b"a=20\r\nb=09\r\nc d\r\n"
    assert quoted_printable("a  b\tc \t d   ") == b"a =20b=09c =09 d =20=20"
    assert joined(f"a {NAME}", "b ") == b"a=20=\r\nb=20=\r\n"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_end_becomes_crlf(end: str) -> None:
    assert quoted_printable(f"a{end}b{end}") == b"a\r\nb\r\n"


def test_a_value_begins_and_ends_its_own_encoded_line() -> None:
    assert joined(f"Hello {NAME}, you", "Ada") == b"Hello=20=\r\nAda=\r\n, you"
    assert joined(f"{NAME}\n{NAME}", "Ada") == b"Ada=\r\n\r\nAda=\r\n"


def test_values_are_escaped_in_html_as_jinja_does_and_not_in_text() -> None:
    value = '<b>O\'Hara & "co"</b>'
    assert read(joined(NAME, value)) == value
    assert read(joined(NAME, value, html=True)) == (
        "&lt;b&gt;O&#39;Hara &amp; &#34;co&#34;&lt;/b&gt;"
    )


def test_a_value_is_one_line_without_marks_controls_or_half_characters() -> None:
    value = "a\r\nb\x00c\u2028d\x85e\ud800f\x7fg" + slot("x") + "\u2029"
    assert clean(value) == "abcdefgx"
    assert read(joined(NAME, value)) == "abcdefgx"


def test_a_value_that_looks_like_a_slot_or_like_encoding_stays_text() -> None:
    value = slot("links.unsubscribe") + "=\r\n=41=3D"
    assert read(joined(NAME, value)) == "links.unsubscribe==41=3D"


def test_text_from_outside_loses_its_marks_and_nothing_else() -> None:
    assert unmarked(f"a\n{slot('recipient.email')} \ufffe") == "a\nrecipient.email \ufffe"


def test_the_slots_are_named_in_their_order() -> None:
    pieces = cut(f"{slot('b')} and {slot('a.c_d')} and {slot('b')}")
    assert pieces.slots == ("b", "a.c_d", "b")
    assert len(pieces.fixed) == 4


def test_a_value_that_is_missing_is_an_error() -> None:
    with pytest.raises(KeyError):
        body((cut(NAME), TEXT)).filled({})


def test_parts_stand_one_after_the_other_each_in_its_form() -> None:
    laid_out = body((cut(f"a {NAME}"), TEXT), (cut(f"{NAME}{NAME} b"), HTML))
    filled = b"".join(laid_out.filled({"recipient.name": encode("<")}))
    assert read(filled) == "a <&lt;&lt; b"
