"""What can be searched for, and what is refused with the reason."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinlabs_mailer.community.search import LONGEST, MOST, Search, parse_search, words_of
from pinlabs_mailer.db.words import Employment
from pinlabs_mailer.errors import BadInput


def test_values_are_kept_as_typed_each_once() -> None:
    found = parse_search(["Engineering"], ["  New   York ", "new york", ""], ["intern"], ["C++"])
    assert found == Search(("Engineering",), ("New York",), (Employment.INTERN,), ("C++",))
    assert found
    assert not parse_search([""], [], [], ["  "])


@pytest.mark.parametrize(
    "value", ["...", "a" * (LONGEST + 1), "a\x00b", "a\u202eb", "-", "\ud800 a", "🙂"]
)
def test_what_has_no_word_or_is_no_line_is_refused(value: str) -> None:
    with pytest.raises(BadInput, match="cannot be searched for"):
        parse_search(words=[value])


def test_the_number_of_values_is_bounded() -> None:
    assert len(parse_search(words=[f"word{n}" for n in range(MOST)]).words) == MOST
    with pytest.raises(BadInput, match="more than 20"):
        parse_search(words=[f"word{n}" for n in range(MOST + 1)])


@pytest.mark.parametrize("value", ["unknown", "", "FULL-TIME", "x" * 1000])
def test_an_employment_is_one_that_there_is(value: str) -> None:
    with pytest.raises(BadInput, match="no sort of employment"):
        parse_search(employments=[value])


@given(st.text())
def test_words_are_the_same_however_they_are_written(text: str) -> None:
    assert words_of(" ".join(words_of(text))) == words_of(text)
    assert words_of(f"  {text}\n") == words_of(text)
