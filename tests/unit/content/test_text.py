"""Foreign text becomes one plain line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinlabs_mailer.content.text import Markup, carries_script, cut, guess, plain


@pytest.mark.parametrize(
    ("markup", "read"),
    [
        ("<p>one</p><p>two</p>", "one two"),
        ("<b>A</b>lpha<br>beta", "Alpha beta"),
        ("&amp;lt;b&amp;gt; &lt;i&gt;", "&lt;b&gt; <i>"),
        ("x<script>alert(1)</script>y<style>p{}</style>", "xy"),
        (
            "<svg><script>a</script><text>t</text></svg><noscript><iframe>i</iframe></noscript>z",
            "z",
        ),
        ("<a href='javascript:x()' onclick='y()'>go</a>", "go"),
        ("a &lt; b &#150; c&nbsp;&nbsp;d", "a < b – c d"),
        ("<!-- hidden -->seen<img src=x onerror=y>", "seen"),
        ("cut <b", "cut"),
    ],
)
def test_markup_is_reduced_to_its_words(markup: str, read: str) -> None:
    assert plain(Markup(markup)) == read


def test_text_that_is_no_markup_is_left_alone() -> None:
    assert plain("a <b>  &amp;\n c") == "a <b> &amp; c"


def test_characters_that_deceive_or_break_are_taken_out() -> None:
    assert plain("in\x00vo\u202eice\u2066\ud800 \x1b[1m\ufeff.\r\nBcc: x") == "invoice [1m. Bcc: x"
    assert plain(Markup("a&#0;b&#x202e;c")).replace("\ufffd", "") == "abc"


@given(st.text() | st.text().map(Markup))
def test_the_result_is_always_one_line_that_can_be_stored(value: str) -> None:
    read = plain(value)
    read.encode()
    assert "\x00" not in read
    assert len(read.splitlines()) <= 1
    assert plain(read) == read


def test_direction_marks_that_languages_need_stay() -> None:
    assert plain("שלום\u200f!") == "שלום\u200f!"


@pytest.mark.parametrize(
    ("value", "is_markup"),
    [
        ("Using <div> well", False),
        ("AT&T; more", False),
        ("a < b and c > d", False),
        ("<p>yes</p>", True),
        ("line<br>line", True),
        ("it&rsquo;s", True),
        ("it&#8217;s", True),
    ],
)
def test_html_is_told_by_closing_tags_and_known_entities(value: str, is_markup: bool) -> None:
    assert isinstance(guess(value), Markup) == is_markup


def test_only_a_script_that_would_run_counts_as_one() -> None:
    assert carries_script(Markup("x<ScRiPt src=y>"))
    assert not carries_script(Markup("the &lt;script> tag</p>"))
    assert not carries_script("Use the <script> tag")


@given(st.text(min_size=1), st.integers(min_value=2, max_value=40))
def test_a_cut_never_exceeds_its_limit(value: str, limit: int) -> None:
    assert len(cut(value, limit)) <= limit


def test_a_cut_falls_between_words() -> None:
    assert cut("one two three", 13) == "one two three"
    assert cut("one two three", 12) == "one two…"
    assert cut("one two three", 8) == "one two…"
    assert cut("onetwothree", 5) == "onet…"
