"""The encoding of a file: found by its mark, refused with the line where it does not fit."""

from pathlib import Path

import pytest

from pinlabs_mailer.errors import BadInput
from pinlabs_mailer.transfer.encoding import open_text

TEXT = "email,name\nada@example.org,Zoë\n"


def text_of(content: bytes, encoding: str | None = None) -> str:
    path = Path("people.csv")
    path.write_bytes(content)
    text = open_text(path, encoding)
    with text.file:
        return "".join(text.blocks())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_mark_is_enough(encoding: str) -> None:
    assert text_of(TEXT.encode(encoding)) == TEXT


def test_any_other_encoding_can_be_named() -> None:
    assert text_of(TEXT.encode("windows-1252"), "windows-1252") == TEXT


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n"])
def test_lines_end_as_on_any_system(end: str) -> None:
    assert text_of(TEXT.replace("\n", end).encode()) == TEXT


def test_what_does_not_fit_is_told_with_its_line_and_the_way_out() -> None:
    broken = b"email\n" + b"x@example.org\n" * 200_000 + "Zoë".encode("latin-1")
    with pytest.raises(BadInput, match="line 200002 is not") as caught:
        text_of(broken)
    assert "--encoding windows-1252" in caught.value.next_step


def test_a_cut_utf_16_is_told() -> None:
    with pytest.raises(BadInput, match="UTF-16"):
        text_of(TEXT.encode("utf-16") + b"\x00")


@pytest.mark.parametrize("encoding", ["klingon", "rot13", "base64", "undefined"])
def test_what_is_no_encoding_of_text_is_refused(encoding: str) -> None:
    with pytest.raises(BadInput, match="no encoding"):
        text_of(b"email\n", encoding)


def test_a_folder_and_nothing_are_refused() -> None:
    for place in (".", "nowhere.csv"):
        with pytest.raises(BadInput):
            open_text(Path(place))
