"""schema.org's words in a page: wherever they are, and whatever shape a field has."""

import json
from datetime import UTC, datetime

import pytest

from pinlabs_mailer.content.found import Document, FoundItem, Reading
from pinlabs_mailer.content.items import Event, Job
from pinlabs_mailer.content.sources import jsonld
from pinlabs_mailer.db.words import Employment, ItemKind, Workplace
from pinlabs_mailer.errors import BadInput

URL = "https://labs.example/careers"
JOB = {
    "@context": "https://schema.org/",
    "@type": "JobPosting",
    "title": "Keeper of queues",
    "description": "<p>Keep &amp; mend <b>queues</b>.</p>",
    "datePosted": "2026-11-01",
    "validThrough": "2026-12-31T23:59:00+01:00",
    "employmentType": ["GIG", "PART_TIME"],
    "identifier": {"@type": "PropertyValue", "name": "Labs", "value": 4711},
    "hiringOrganization": {"@type": "Organization", "name": "Labs", "sameAs": "https://x.example"},
    "jobLocation": [
        {"@type": "Place", "address": {"addressLocality": "Oslo", "addressCountry": "NO"}},
        {"@type": "Place", "address": [{"addressLocality": ["Bergen"]}]},
    ],
    "url": "/careers/queues",
}
EVENT = {
    "@type": ["MusicEvent"],
    "name": "Open studio",
    "startDate": "2026-12-03T18:00:00-05:00",
    "endDate": "2026-12-03T20:00:00-05:00",
    "location": [
        {"@type": "VirtualLocation", "url": "https://meet.example/1"},
        {"@type": "Place", "name": "Hall", "address": "Example Street 1"},
    ],
    "url": ["https://labs.example/studio"],
    "image": [{"@type": "ImageObject", "url": "/studio.png", "caption": "a hall"}],
}
POST = {
    "@type": "BlogPosting",
    "headline": "A quieter pager",
    "mainEntityOfPage": {"@type": "WebPage", "@id": "https://labs.example/pager"},
    "datePublished": "2026-11-13T09:00:00Z",
    "image": "https://labs.example/pager.png",
    "articleBody": "How we cut alerts.",
}


def read(*blocks: object) -> Reading:
    scripts = "".join(
        f'<script type="application/ld+json">'
        f"{block if isinstance(block, str) else json.dumps(block)}</script>"
        for block in blocks
    )
    return jsonld.read(Document(f"<!doctype html><head>{scripts}</head>".encode(), URL))


def only(*blocks: object) -> FoundItem:
    (found,) = read(*blocks).items
    return found


def test_a_job_posting_is_a_job() -> None:
    found = only(JOB)
    assert found.url == "https://labs.example/careers/queues"
    assert found.summary == "Keep & mend queues."
    assert found.published_at == datetime(2026, 11, 1, tzinfo=UTC)
    assert found.ends_at == datetime(2026, 12, 31, 22, 59, tzinfo=UTC)
    assert found.details == Job(locations=("Oslo, NO", "Bergen"), employment=Employment.PART_TIME)


def test_a_remote_job_says_where_one_may_live() -> None:
    remote = {**JOB, "jobLocation": None, "jobLocationType": "TELECOMMUTE",
              "applicantLocationRequirements": {"@type": "Country", "name": "Norway"}}  # fmt: skip
    details = only(remote).details
    assert isinstance(details, Job)
    assert (details.workplace, details.locations) == (Workplace.REMOTE, ("Norway",))


def test_an_event_of_any_kind_is_an_event() -> None:
    found = only(EVENT)
    assert found.details == Event(
        datetime(2026, 12, 3, 23, 0, tzinfo=UTC),
        "Etc/GMT+5",
        place="Hall, Example Street 1",
        online_url="https://meet.example/1",
    )
    assert found.ends_at == datetime(2026, 12, 4, 1, 0, tzinfo=UTC)
    assert (found.image_url, found.image_alt) == ("https://labs.example/studio.png", "a hall")


def test_a_cancelled_event_is_closed() -> None:
    assert only({**EVENT, "eventStatus": "https://schema.org/EventCancelled"}).closed


def test_an_article_is_a_post() -> None:
    found = only(POST)
    assert found.kind is ItemKind.POST
    assert found.url == "https://labs.example/pager"
    assert found.summary == "How we cut alerts."
    assert found.image_url == "https://labs.example/pager.png"


@pytest.mark.parametrize(
    "block",
    [
        [JOB, EVENT, POST],
        {"@context": "https://schema.org", "@graph": [{"@type": "WebSite"}, JOB, EVENT, POST]},
        {"@type": "ItemList", "itemListElement": [
            {"@type": "ListItem", "position": n, "item": one}
            for n, one in enumerate([JOB, EVENT, POST])
        ]},
        {"@type": "Blog", "blogPost": [[JOB], {"x": [EVENT]}], "y": POST},
    ],
)  # fmt: skip
def test_they_may_be_anywhere(block: object) -> None:
    assert [one.title for one in read(block).items] == [
        "Keeper of queues", "Open studio", "A quieter pager"
    ]  # fmt: skip


def test_what_is_listed_twice_or_within_another_is_not_torn_apart() -> None:
    assert [one.title for one in read({**EVENT, "subEvent": EVENT}).items] == ["Open studio"]


def test_jobs_without_a_page_of_their_own_are_told_apart() -> None:
    bare = {name: value for name, value in JOB.items() if name != "url"}
    first, second = read(bare, {**bare, "identifier": "4712"}).items
    assert first.url == second.url == URL
    assert first.url_key != second.url_key
    assert only(bare).url_key == FoundItem(URL, "the page is the job's").url_key


def test_a_page_without_json_ld_is_a_failure() -> None:
    with pytest.raises(BadInput, match="perhaps one to log in"):
        jsonld.read(Document(b"<!doctype html><form>Sign in</form>", URL))


def test_a_page_that_has_nothing_to_tell_now_is_read() -> None:
    assert read({"@type": "Organization", "name": "Labs"}) == Reading()


def test_a_broken_block_is_told_and_the_page_not_whole() -> None:
    reading = read('{"@type": "JobPosting", ', JOB)
    assert len(reading.items) == 1
    assert not reading.complete
    assert reading.noted[0].what == "Block 1 of JSON-LD"
    with pytest.raises(BadInput, match="cannot be read"):
        read('{"@type": ')


def test_json_ld_that_is_too_deep_is_told() -> None:
    with pytest.raises(BadInput, match="too deep"):
        read("[" * 100_000)
