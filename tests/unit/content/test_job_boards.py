"""Job boards: what their fields mean, and the trap that each of them has."""

import json
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import pytest

from pinlabs_mailer.content.found import Document, FoundItem, Reading
from pinlabs_mailer.content.items import Job
from pinlabs_mailer.content.sources import ashby, greenhouse, lever, smartrecruiters
from pinlabs_mailer.db.words import Employment, ItemKind, Workplace
from pinlabs_mailer.errors import BadInput

from .postings import ASHBY, GREENHOUSE, page_of
from .postings import lever as lever_posting
from .postings import smartrecruiters as sr_posting

BOARDS = (greenhouse, lever, ashby, smartrecruiters)


def read(board: ModuleType, answer: object, url: str = "https://api.example/x") -> Reading:
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    found: Reading = board.read(Document(body, url))
    return found


def job_of(found: FoundItem) -> Job:
    assert found.kind is ItemKind.JOB
    assert isinstance(found.details, Job)
    return found.details


def test_greenhouse_content_is_unescaped_once() -> None:
    first, second = read(greenhouse, GREENHOUSE).items
    assert first.summary == "Research & development of vaults. Is 1 < 2?"
    assert second.summary == ""


def test_greenhouse_updated_at_is_no_date_of_publication() -> None:
    first, second = read(greenhouse, GREENHOUSE).items
    assert first.published_at is None
    assert second.published_at == datetime(2026, 10, 1, 13, 0, tzinfo=UTC)


def test_greenhouse_gives_departments_and_offices() -> None:
    first, _ = read(greenhouse, GREENHOUSE).items
    job = job_of(first)
    assert (job.department, job.locations) == (
        "Department of Departments",
        ("NYC", "New York City"),
    )
    assert first.url == "https://boards.greenhouse.io/vaulttec/jobs/127817"


def test_greenhouse_invitations_are_no_openings() -> None:
    titles = [one.title for one in read(greenhouse, GREENHOUSE).items]
    assert titles == ["Vault Designer", "Keeper of queues"]


def test_a_greenhouse_job_is_the_same_when_its_page_moves() -> None:
    moved: dict[str, Any] = json.loads(json.dumps(GREENHOUSE))
    moved["jobs"][0]["absolute_url"] = "https://careers.example/vault-designer"
    before, after = read(greenhouse, GREENHOUSE).items[0], read(greenhouse, moved).items[0]
    assert before.sighting_key == after.sighting_key
    assert before.url_key != after.url_key


def test_lever_has_no_date_and_all_locations() -> None:
    (found,) = read(lever, [lever_posting(1)]).items
    assert found.published_at is None
    assert found.summary == "We are few. You keep queues & pumps."
    assert job_of(found) == Job(
        department="Engineering",
        team="Queues",
        locations=("Oslo", "Bergen"),
        workplace=Workplace.HYBRID,
        employment=Employment.FULL_TIME,
        apply_url="https://jobs.lever.co/labs/1/apply",
    )


def test_lever_goes_on_while_pages_are_full() -> None:
    url = lever.address("labs")
    assert url == "https://api.lever.co/v0/postings/labs?mode=json&skip=0&limit=100"
    full = read(lever, [lever_posting(number) for number in range(100)], url)
    assert full.following == "https://api.lever.co/v0/postings/labs?mode=json&skip=100&limit=100"
    rest = read(lever, [lever_posting(100)], full.following)
    assert (rest.following, rest.complete) == ("", True)


def test_lever_in_the_eu_is_given_by_its_address() -> None:
    address = lever.address("https://api.eu.lever.co/v0/postings/labs?team=Queues")
    assert address.startswith("https://api.eu.lever.co/v0/postings/labs?")
    assert {"team=Queues", "mode=json", "limit=100"} <= set(address.partition("?")[2].split("&"))


def test_ashby_leaves_out_what_is_not_listed() -> None:
    (found,) = read(ashby, ASHBY).items
    assert found.title == "Product Manager"
    assert found.published_at == datetime(2026, 4, 30, 16, 21, 55, 393000, tzinfo=UTC)
    assert job_of(found) == Job(
        department="Product",
        team="Growth",
        locations=("Houston, TX", "San Francisco"),
        workplace=Workplace.REMOTE,
        employment=Employment.PART_TIME,
        apply_url="https://jobs.ashbyhq.com/labs/1/application",
    )


def test_smartrecruiters_drops_who_made_a_posting() -> None:
    (found,) = read(smartrecruiters, page_of([sr_posting(1)], 0, 1)).items
    assert "Mustermann" not in repr(found)
    assert found.url == "https://jobs.smartrecruiters.com/Labs1/743999000001"
    assert found.summary == "Analyst · Associate · Computer Software"
    assert job_of(found).locations == ("Kraków, MP, PL",)
    assert job_of(found).department == "Research"


def test_smartrecruiters_goes_on_to_the_total() -> None:
    url = smartrecruiters.address("Labs1")
    first = read(smartrecruiters, page_of([sr_posting(n) for n in range(100)], 0, 101), url)
    assert first.following.endswith("/companies/Labs1/postings?limit=100&offset=100")
    last = read(smartrecruiters, page_of([sr_posting(100)], 100, 101), first.following)
    assert (last.following, last.complete) == ("", True)


def test_smartrecruiters_with_fewer_than_it_says_is_not_complete() -> None:
    url = smartrecruiters.address("Labs1")
    assert not read(smartrecruiters, page_of([], 0, 40), url).complete


def test_a_short_name_leads_to_the_board_and_a_full_address_is_kept() -> None:
    assert greenhouse.address("vaulttec") == (
        "https://boards-api.greenhouse.io/v1/boards/vaulttec/jobs?content=true"
    )
    assert ashby.address("http://127.0.0.1:1/b") == "http://127.0.0.1:1/b"
    for board in BOARDS:
        for bad in ("a/../b", "a b", "", "x?y", "ftp://x/y"):
            with pytest.raises(BadInput, match="neither the short name"):
                board.address(bad)


@pytest.mark.parametrize("board", BOARDS)
def test_a_login_page_is_no_board(board: ModuleType) -> None:
    with pytest.raises(BadInput, match="perhaps one to log in"):
        read(board, b"<!doctype html><title>Sign in</title><form></form>")


@pytest.mark.parametrize("board", BOARDS)
@pytest.mark.parametrize("answer", [{}, {"error": "not found"}, {"jobs": None}, "jobs", 7, None])
def test_an_answer_without_a_list_is_no_board(board: ModuleType, answer: object) -> None:
    with pytest.raises(BadInput, match="no list of postings"):
        read(board, answer)


@pytest.mark.parametrize("board", BOARDS)
def test_a_cut_off_answer_is_told(board: ModuleType) -> None:
    with pytest.raises(BadInput, match="cut off or broken"):
        read(board, b'{"jobs": [{"id": 1, "tit')


@pytest.mark.parametrize(
    ("board", "none"),
    [
        (greenhouse, {"jobs": [], "meta": {"total": 0}}),
        (lever, []),
        (ashby, {"apiVersion": "1", "jobs": []}),
        (smartrecruiters, {"offset": 0, "limit": 100, "totalFound": 0, "content": []}),
    ],
)
def test_a_board_with_nothing_is_read(board: ModuleType, none: object) -> None:
    assert read(board, none) == Reading()


def test_a_job_without_a_title_is_refused_but_was_there() -> None:
    nameless = lever_posting(1) | {"text": "  "}
    reading = read(lever, [nameless, lever_posting(2)])
    (refused,) = reading.refused
    assert refused.why == "its title is missing"
    assert refused.sighting_key == read(lever, [lever_posting(1)]).items[0].sighting_key
