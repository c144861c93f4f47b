"""How a saved search meets items: what candidates expect, and nothing cleverer."""

import pytest
from tests.unit.digest.shelves import event, job, post

from pinlabs_mailer.community.search import Search
from pinlabs_mailer.content.items import Item
from pinlabs_mailer.db.words import Employment, Workplace
from pinlabs_mailer.digest.shelf import Shelf


def met(search: Search, *jobs: Item) -> list[int]:
    """Return the jobs that a search lets through."""
    shelf = Shelf(jobs, {})
    return sorted(shelf.ids(shelf.wanted(search).let_through))


def meets(search: Search, one: Item) -> bool:
    return bool(met(search, one))


@pytest.mark.parametrize(
    ("wanted", "location", "expected"),
    [
        ("Berlin", "Berlin, Germany", True),
        ("Berlin", "Berlin", True),
        ("berlin", "BERLIN (Mitte)", True),
        ("Germany", "Berlin, Germany", True),
        ("Berlin, Germany", "Berlin", True),
        ("Berlin, Germany", "Germany", False),
        ("Berlin", "Berlingen", False),
        ("New York", "New York City, USA", True),
        ("New York", "York, UK", False),
        ("York New", "New York", False),
        ("Zürich", "Zurich", True),
        ("Zurich", "Zürich, Switzerland", True),
        ("Malmö", "MALMO", True),
        ("Kobenhavn", "København", True),
        ("Lodz", "Łódź", True),
        ("Strasse", "Straße", True),
        ("remote", "Remote, Europe", True),
        ("remote", "Berlin", False),
    ],
)
def test_a_location_meets_a_place_by_whole_words(
    wanted: str, location: str, expected: bool
) -> None:
    assert meets(Search(locations=(wanted,)), job(1, "A job", location)) is expected


def test_a_phrase_never_spans_two_places() -> None:
    assert not meets(Search(locations=("Berlin Paris",)), job(1, "A job", "Berlin", "Paris"))


@pytest.mark.parametrize("workplace", Workplace)
def test_remote_meets_the_workplace_that_says_so(workplace: Workplace) -> None:
    one = job(1, "A job", "Berlin", workplace=workplace)
    assert meets(Search(locations=("Remote",)), one) is (workplace is Workplace.REMOTE)
    assert meets(Search(locations=("Berlin",)), one)


@pytest.mark.parametrize(
    ("word", "title", "expected"),
    [
        ("java", "Java developer", True),
        ("java", "JavaScript developer", False),
        ("c", "C++ engineer", False),
        ("c++", "Senior C++, Python", True),
        ("C#", "c# and .NET", True),
        (".net", "c# and .NET", True),
        ("node.js", "Node.js engineer", True),
        ("front-end", "Front end engineer", True),
        ("data engineer", "Data Engineer (m/f/d)", True),
        ("data engineer", "Engineer of data", False),
        ("Développeur", "developpeur web", True),
    ],
)
def test_words_are_whole_and_know_no_case_or_accent(word: str, title: str, expected: bool) -> None:
    assert meets(Search(words=(word,)), job(1, title)) is expected


def test_a_word_is_looked_for_in_title_summary_department_and_team() -> None:
    wanted = Search(words=("rust",))
    assert meets(wanted, job(1, "Rust engineer"))
    assert meets(wanted, job(1, summary="We write Rust."))
    assert meets(wanted, job(1, department="Rust"))
    assert meets(wanted, job(1, team="The Rust team"))
    assert not meets(wanted, job(1, "A job", "Rust, Austria"))


def test_any_value_of_one_sort_is_enough_and_every_sort_must_be_met() -> None:
    jobs = [
        job(1, "A", "Berlin", department="Engineering", employment=Employment.FULL_TIME),
        job(2, "B", "Paris", department="Engineering", employment=Employment.FULL_TIME),
        job(3, "C", "Rome", department="Engineering", employment=Employment.FULL_TIME),
        job(4, "D", "Berlin", department="Sales", employment=Employment.FULL_TIME),
        job(5, "E", "Berlin", team="Engineering", employment=Employment.INTERN),
    ]
    places = Search(locations=("Berlin", "Paris"))
    assert met(places, *jobs) == [1, 2, 4, 5]
    engineers = Search(("engineering",), ("Berlin", "Paris"))
    assert met(engineers, *jobs) == [1, 2, 5]
    full_time = Search(("engineering",), ("Berlin", "Paris"), (Employment.FULL_TIME,))
    assert met(full_time, *jobs) == [1, 2]
    assert met(Search(words=("B", "C")), *jobs) == [2, 3]
    assert met(Search(), *jobs) == [1, 2, 3, 4, 5]


def test_a_search_keeps_nothing_but_jobs_away() -> None:
    items = [post(1), event(2, place="Rome"), job(3, "A job", "Rome")]
    shelf = Shelf(items, {})
    assert set(shelf.ids(shelf.wanted(Search(locations=("Berlin",))).let_through)) == {1, 2}


def test_posts_and_jobs_stand_newest_first_and_events_soonest_first() -> None:
    items = [job(9), event(8, days=30), post(7), event(6, days=2), job(5), post(4), event(3, 2)]
    shelf = Shelf(items, {})
    assert list(shelf.ids(shelf.everything)) == [7, 4, 6, 3, 8, 9, 5]
