"""The saved search on the page of preferences: shown to who is in jobs, kept, and no consent."""

import pytest
from selectolax.lexbor import LexborHTMLParser
from sqlalchemy import func, select

from pinlabs_mailer.community import searches
from pinlabs_mailer.community.search import Search
from pinlabs_mailer.db.engine import reading
from pinlabs_mailer.db.tables import consent_event
from pinlabs_mailer.db.words import Employment
from tests.support.installations import confirmed
from tests.support.site import Site
from tests.web.people import ADA
from tests.web.test_preferences import preferences_path

EVERYTHING = {
    "do": "search",
    "departments": "Engineering\r\n\r\nData & Research",
    "locations": "Berlin, Germany\r\nremote",
    "words": "C++",
    "employment": ["full-time", "intern"],
}
WANTED = Search(
    ("Engineering", "Data & Research"),
    ("Berlin, Germany", "remote"),
    (Employment.FULL_TIME, Employment.INTERN),
    ("C++",),
)


@pytest.fixture
def path(site: Site) -> str:
    confirmed(site.app, ADA, "projects", "jobs")
    return preferences_path(site)


def kept(site: Site) -> Search:
    with reading(site.app.engine) as connection:
        return searches.search_of(connection, 1)


def events(site: Site) -> int:
    with reading(site.app.engine) as connection:
        counted = select(func.count()).select_from(consent_event)
        return connection.execute(counted).scalar_one()


def test_a_search_is_saved_shown_again_and_leaves_no_consent_event(site: Site, path: str) -> None:
    before = events(site)
    answer = site.post(path, EVERYTHING)
    assert answer.status == 200
    assert "Saved." in answer.text
    assert kept(site) == WANTED
    assert events(site) == before
    page = LexborHTMLParser(site.get(path).text)
    typed = {one.attributes["name"]: one.text() for one in page.css("textarea")}
    assert typed == {
        "departments": "Engineering\nData & Research",
        "locations": "Berlin, Germany\nremote",
        "words": "C++",
    }
    ticked = [one.attributes["value"] for one in page.css("[name=employment][checked]")]
    assert ticked == ["full-time", "intern"]
    site.post(path, {"do": "search"})
    assert kept(site) == Search()


def test_what_cannot_be_searched_for_changes_nothing_and_is_said_beside_its_field(
    site: Site, path: str
) -> None:
    site.post(path, EVERYTHING)
    faulty = {**EVERYTHING, "words": "<b>...</b>\n!!!", "employment": ["slavery"]}
    answer = site.post(path, faulty)
    assert answer.status == 400
    page = LexborHTMLParser(answer.text)
    assert {one.attributes["id"] for one in page.css(".error")} == {
        "words-error",
        "employment-error",
    }
    assert [one.text() for one in page.css("#words")] == ["<b>...</b>\n!!!"]
    assert "slavery" not in answer.text
    assert kept(site) == WANTED


def test_who_is_not_in_jobs_is_not_asked(site: Site) -> None:
    confirmed(site.app, ADA, "projects")
    page = site.get(preferences_path(site)).text
    assert "<textarea" not in page


def test_saving_the_rest_leaves_the_search_alone(site: Site, path: str) -> None:
    site.post(path, EVERYTHING)
    site.post(path, {"do": "save", "topic": ["jobs"], "frequency": "weekly"})
    assert kept(site) == WANTED
