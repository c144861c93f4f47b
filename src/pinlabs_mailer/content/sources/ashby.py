"""The job board of Ashby: https://developers.ashbyhq.com/docs/public-job-posting-api

One answer has all jobs, also those that are not listed: they are for who has the link, and are
not told.
"""

from typing import Any

from pinlabs_mailer.content import boards, dates, loose_json, text
from pinlabs_mailer.content.found import Document, Reading
from pinlabs_mailer.content.particulars import JobDraft
from pinlabs_mailer.content.vetting import Draft, vet

TOPIC = "jobs"
MAX_BYTES = boards.MAX_BYTES
BASE = "https://api.ashbyhq.com/posting-api/job-board"


def address(location: str) -> str:
    """Return where all jobs of a board are."""
    return boards.address(location, BASE + "/{}")


def read(document: Document) -> Reading:
    """Return the listed jobs of the board."""
    jobs = loose_json.board(document.body, "Ashby", "jobs")
    listed = (job for job in jobs if not isinstance(job, dict) or job.get("isListed") is not False)
    return vet(map(_draft, listed), document.url, document.zone)


def _draft(job: Any) -> Draft:
    others = loose_json.listed(job, "secondaryLocations")
    remote = "remote" if loose_json.truth(job, "isRemote") else ""
    return Draft(
        link=loose_json.text(job, "jobUrl"),
        title=loose_json.text(job, "title"),
        body=loose_json.text(job, "descriptionPlain")
        or text.Markup(loose_json.text(job, "descriptionHtml")),
        published_at=dates.from_iso(loose_json.text(job, "publishedAt")),
        particulars=JobDraft(
            department=loose_json.text(job, "department"),
            team=loose_json.text(job, "team"),
            locations=[
                loose_json.text(job, "location"),
                *(loose_json.text(other, "location") for other in others),
            ],
            workplace=loose_json.text(job, "workplaceType") or remote,
            employment=[loose_json.text(job, "employmentType")],
            apply=loose_json.text(job, "applyUrl"),
        ),
        source_key=loose_json.text(job, "id"),
    )
