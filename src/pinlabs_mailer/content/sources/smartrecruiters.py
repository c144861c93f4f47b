"""The postings of SmartRecruiters: https://developers.smartrecruiters.com/docs/posting-api

A list in pages of at most 100, with their total. The text of a job takes one more request each
and is not asked for; what a job is about stands in its function, level and industry. `creator`
is a person and is not kept. `ref` is an address of the API: people get that of the job's page.
"""

import re
from typing import Any

from pinlabs_mailer.content import boards, dates, loose_json
from pinlabs_mailer.content.found import Document, Reading
from pinlabs_mailer.content.particulars import JobDraft
from pinlabs_mailer.content.vetting import Draft, vet

TOPIC = "jobs"
MAX_BYTES = boards.MAX_BYTES
BASE = "https://api.smartrecruiters.com/v1/companies"
PAGES = "https://jobs.smartrecruiters.com"
PAGE = 100

_NAME = re.compile(r"[\w.-]+", re.ASCII)


def address(location: str) -> str:
    """Return where the first page of a company's postings is."""
    return boards.address(location, BASE + "/{}/postings", limit=str(PAGE), offset="0")


def read(document: Document) -> Reading:
    """Return the jobs of one page; there is another until the total is reached."""
    jobs = loose_json.board(document.body, "SmartRecruiters", "content")
    answer = loose_json.parse(document.body, "job board")
    total, offset = answer.get("totalFound"), answer.get("offset")
    known = type(total) is int and type(offset) is int
    more = offset + len(jobs) < total if known else len(jobs) >= PAGE
    reading = vet(map(_draft, jobs), document.url, document.zone)
    return boards.followed(reading, document.url, "offset", len(jobs), more)


def _draft(job: Any) -> Draft:
    company, key = loose_json.text(job, "company", "identifier"), loose_json.text(job, "id")
    named = _NAME.fullmatch(company) and _NAME.fullmatch(key)
    about = (loose_json.text(job, part, "label") for part in _ABOUT)
    city, region = (loose_json.text(job, "location", part) for part in ("city", "region"))
    country = loose_json.text(job, "location", "country").upper()  # a code in small letters
    return Draft(
        link=f"{PAGES}/{company}/{key}" if named else "",
        title=loose_json.text(job, "name"),
        summary=" · ".join(filter(None, about)),
        published_at=dates.from_iso(loose_json.text(job, "releasedDate")),
        particulars=JobDraft(
            department=loose_json.text(job, "department", "label"),
            locations=[", ".join(filter(None, (city, region, country)))],
            workplace="remote" if loose_json.truth(job, "location", "remote") else "",
            employment=[loose_json.text(job, "typeOfEmployment", "label")],
        ),
        source_key=key,
    )


_ABOUT = ("function", "experienceLevel", "industry")
