"""The postings of Lever: https://github.com/lever/postings-api

A bare list, asked for in pages. There is no date: a job is new when it is first seen. A
company in the EU gives the full address at https://api.eu.lever.co as its location.
"""

from typing import Any

from pinlabs_mailer.content import boards, loose_json, text
from pinlabs_mailer.content.found import Document, Reading
from pinlabs_mailer.content.particulars import JobDraft
from pinlabs_mailer.content.vetting import Draft, vet

TOPIC = "jobs"
MAX_BYTES = boards.MAX_BYTES
BASE = "https://api.lever.co/v0/postings"
PAGE = 100


def address(location: str) -> str:
    """Return where the first page of a company's postings is."""
    return boards.address(location, BASE + "/{}", mode="json", skip="0", limit=str(PAGE))


def read(document: Document) -> Reading:
    """Return the jobs of one page; a full page is followed by another."""
    jobs = loose_json.board(document.body, "Lever")
    reading = vet(map(_draft, jobs), document.url, document.zone)
    return boards.followed(reading, document.url, "skip", len(jobs), len(jobs) >= PAGE)


def _draft(job: Any) -> Draft:
    places = loose_json.listed(job, "categories", "allLocations")
    return Draft(
        link=loose_json.text(job, "hostedUrl"),
        title=loose_json.text(job, "text"),
        body=loose_json.text(job, "descriptionPlain")
        or text.Markup(loose_json.text(job, "description")),
        particulars=JobDraft(
            department=loose_json.text(job, "categories", "department"),
            team=loose_json.text(job, "categories", "team"),
            locations=[
                loose_json.text(job, "categories", "location"),
                *(place for place in places if isinstance(place, str)),
            ],
            workplace=loose_json.text(job, "workplaceType"),
            employment=[loose_json.text(job, "categories", "commitment")],
            apply=loose_json.text(job, "applyUrl"),
        ),
        source_key=loose_json.text(job, "id"),
    )
