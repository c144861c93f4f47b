"""`subscriber search` and `digest explain`, as they are typed."""

import pytest

from pinlabs_mailer.app import App
from tests.support.contents import contents
from tests.support.installations import add_posts, confirmed
from tests.support.program import Program

ADA = "ada@example.org"
NONE: dict[str, list[str]] = {"departments": [], "locations": [], "employments": [], "words": []}


@pytest.fixture(autouse=True)
def _reader(inside: App) -> None:
    confirmed(inside, ADA, "projects", "jobs")
    add_posts(inside, 1, 2, inside.clock())


def test_a_search_is_replaced_shown_and_cleared(program: Program) -> None:
    search = ("subscriber", "search", ADA)
    assert program.json(*search) == NONE
    chosen = ("--location", "Berlin", "--location", "remote", "--employment", "full-time")
    first = program.json(*search, *chosen)
    assert first == {**NONE, "locations": ["Berlin", "remote"], "employments": ["full-time"]}
    assert program.json(*search) == first
    held = program.json("subscriber", "export", ADA)
    assert held["saved_search"][0]["locations"] == ["Berlin", "remote"]
    assert program.json(*search, "--word", "rust") == {**NONE, "words": ["rust"]}
    assert program.json(*search, "--clear") == NONE


@pytest.mark.parametrize(
    "wrong",
    [["--word", "..."], ["--employment", "slavery"], ["--clear", "--word", "rust"]],
)
def test_a_search_that_is_none_changes_nothing(
    program: Program, database_url: str, wrong: list[str]
) -> None:
    before = contents(database_url)
    program("subscriber", "search", ADA, *wrong, code=2)
    assert contents(database_url) == before


def test_explaining_says_of_every_item_why(program: Program) -> None:
    found = program.json("digest", "explain", ADA)
    assert (found["email"], found["summary"]) == (ADA, "The digest would have 2 of 2 items.")
    assert [(one["title"], one["place"], one["rule"]) for one in found["items"]] == [
        ("Post 1", 1, "in"),
        ("Post 2", 2, "in"),
    ]
    assert "in: new to the person" in program("digest", "explain", ADA).out
    program("digest", "explain", "nobody@example.org", code=2)
