"""The job board of Greenhouse: https://developers.greenhouse.io/job-board.html

One answer has all jobs. `content` is HTML with its entities escaped once more. `updated_at`
changes with every edit and so says nothing about when a job is new; `first_published` does, where
it is there. A post whose
`internal_job_id` is null is no opening but an invitation to get in touch, and is not told.
"""

import html
from typing import Any

from pinlabs_mailer.content import boards, dates, loose_json, text
from pinlabs_mailer.content.found import Document, Reading
from pinlabs_mailer.content.particulars import JobDraft
from pinlabs_mailer.content.vetting import Draft, vet

TOPIC = "jobs"
MAX_BYTES = boards.MAX_BYTES
BASE = "https://boards-api.greenhouse.io/v1/boards"


def address(location: str) -> str:
    """Return where all jobs of a board are, with their texts, departments and offices."""
    return boards.address(location, BASE + "/{}/jobs", content="true")


def read(document: Document) -> Reading:
    """Return the jobs of the board."""
    jobs = loose_json.board(document.body, "Greenhouse", "jobs")
    openings = (job for job in jobs if not _is_invitation(job))
    return vet(map(_draft, openings), document.url, document.zone)


def _is_invitation(job: Any) -> bool:
    return isinstance(job, dict) and job.get("internal_job_id", "") is None


def _draft(job: Any) -> Draft:
    return Draft(
        link=loose_json.text(job, "absolute_url"),
        title=loose_json.text(job, "title"),
        body=text.Markup(html.unescape(loose_json.text(job, "content")[: text.MAX_LOOKED_AT])),
        published_at=dates.from_iso(loose_json.text(job, "first_published")),
        particulars=JobDraft(
            department=next(iter(_names(job, "departments")), ""),
            locations=[loose_json.text(job, "location", "name"), *_names(job, "offices")],
        ),
        source_key=loose_json.text(job, "id"),
    )


def _names(job: Any, field: str) -> list[str]:
    return [name for one in loose_json.listed(job, field) if (name := loose_json.text(one, "name"))]
