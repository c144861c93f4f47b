"""What job boards answer, written from their documented fields, each with its traps."""

import json
from typing import Any

GREENHOUSE = {
    "jobs": [
        {
            "id": 127817,
            "internal_job_id": 144381,
            "title": "Vault Designer",
            "updated_at": "2026-11-23T10:55:28-05:00",
            "requisition_id": "50",
            "location": {"name": "NYC"},
            "absolute_url": "https://boards.greenhouse.io/vaulttec/jobs/127817",
            "language": "en",
            "metadata": None,
            "content": "&lt;p&gt;Research &amp;amp; development of &lt;b&gt;vaults&lt;/b&gt;."
            "&lt;/p&gt;&lt;p&gt;Is 1 &amp;lt; 2?&lt;/p&gt;",
            "departments": [
                {"id": 13583, "name": "Department of Departments", "parent_id": None,
                 "child_ids": [13585]}
            ],
            "offices": [
                {"id": 8787, "name": "New York City", "location": "New York, NY, United States",
                 "parent_id": None, "child_ids": []}
            ],
        },
        {
            "id": 127818,
            "internal_job_id": 144382,
            "title": "Keeper of queues",
            "updated_at": "2026-11-23T10:55:28-05:00",
            "first_published": "2026-10-01T09:00:00-04:00",
            "location": {"name": "Remote"},
            "absolute_url": "https://boards.greenhouse.io/vaulttec/jobs/127818",
            "content": "",
            "departments": [],
            "offices": [],
        },
        {
            "id": 127819,
            "internal_job_id": None,
            "title": "Join our talent pool",
            "updated_at": "2026-11-23T10:55:28-05:00",
            "location": {"name": "Anywhere"},
            "absolute_url": "https://boards.greenhouse.io/vaulttec/jobs/127819",
        },
    ],
    "meta": {"total": 3},
}  # fmt: skip


def lever(number: int) -> dict[str, Any]:
    """Return one posting of Lever, which has no date."""
    return {
        "id": f"5ac21346-8e0c-4494-8e7a-{number:012}",
        "text": f"Engineer {number}",
        "categories": {
            "location": "Oslo",
            "commitment": "Full-time",
            "team": "Queues",
            "department": "Engineering",
            "allLocations": ["Oslo", "Bergen"],
        },
        "country": "NO",
        "opening": "<div>We are few.</div>",
        "openingPlain": "We are few.",
        "description": "<div>We are few.</div><div>You keep queues &amp; pumps.</div>",
        "descriptionPlain": "We are few.\nYou keep queues & pumps.\n",
        "lists": [{"text": "You bring", "content": "<li>Patience</li>"}],
        "additional": "",
        "additionalPlain": "",
        "hostedUrl": f"https://jobs.lever.co/labs/{number}",
        "applyUrl": f"https://jobs.lever.co/labs/{number}/apply",
        "workplaceType": "hybrid",
    }


ASHBY = {
    "apiVersion": "1",
    "jobs": [
        {
            "title": "Product Manager",
            "location": "Houston, TX",
            "secondaryLocations": [
                {"location": "San Francisco", "address": {"addressLocality": "San Francisco"}}
            ],
            "department": "Product",
            "team": "Growth",
            "isListed": True,
            "isRemote": True,
            "descriptionHtml": "<p>Join our <b>team</b></p>",
            "descriptionPlain": "Join our team",
            "publishedAt": "2026-04-30T16:21:55.393+00:00",
            "employmentType": "PartTime",
            "address": {"postalAddress": {"addressLocality": "Houston"}},
            "jobUrl": "https://jobs.ashbyhq.com/labs/1",
            "applyUrl": "https://jobs.ashbyhq.com/labs/1/application",
        },
        {
            "title": "A secret role",
            "location": "Houston, TX",
            "isListed": False,
            "jobUrl": "https://jobs.ashbyhq.com/labs/2",
        },
    ],
}


def smartrecruiters(number: int) -> dict[str, Any]:
    """Return one posting of SmartRecruiters, with the person who made it."""
    return {
        "id": f"7439990{number:05}",
        "uuid": "5c8b1f0e-0000-4000-8000-000000000000",
        "name": f"Analyst {number}",
        "jobAdId": "1",
        "defaultJobAd": True,
        "refNumber": f"REF{number}",
        "company": {"identifier": "Labs1", "name": "Labs"},
        "releasedDate": "2026-10-07T12:05:50.000Z",
        "location": {"city": "Kraków", "region": "MP", "country": "pl", "remote": False},
        "industry": {"id": "computer_software", "label": "Computer Software"},
        "department": {"id": "1", "label": "Research", "description": ""},
        "function": {"id": "analyst", "label": "Analyst"},
        "typeOfEmployment": {"label": "Full-time"},
        "experienceLevel": {"id": "associate", "label": "Associate"},
        "customField": [{"fieldId": "1", "fieldLabel": "Brand", "valueLabel": "Labs"}],
        "ref": f"https://api.smartrecruiters.com/v1/companies/Labs1/postings/{number}",
        "creator": {"name": "Erika Mustermann"},
    }


def page_of(postings: list[dict[str, Any]], offset: int, total: int) -> bytes:
    """Return one page of SmartRecruiters."""
    answer = {"offset": offset, "limit": 100, "totalFound": total, "content": postings}
    return json.dumps(answer).encode()
