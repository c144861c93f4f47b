"""What the tests of the templates render: the sample posts, and a context for each mail."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pinlabs_mailer.mail import templates as module
from pinlabs_mailer.mail.templates import MailTemplates

SAMPLES = Path(module.__file__).parent.parent / "demo" / "samples"
BRAND: dict[str, object] = {
    "name": "Pin Labs",
    "base_url": "https://news.pinlabs.example",
    "join_url": "https://news.pinlabs.example/join",
    "privacy_url": "https://pinlabs.example/privacy",
    "postal_address": "1 Lab Street, 94107 San Francisco, USA",
    "color": "#c8102e",
    "color_dark": "#f0405d",
    "logo_url": "",
}
UNSUBSCRIBE = "https://news.pinlabs.example/u/token"
VIEW = "https://news.pinlabs.example/view/token"
PREFERENCES = "https://news.pinlabs.example/preferences/token"


def sample_posts() -> list[dict[str, str]]:
    """Return the twelve sample posts as a digest shows them."""
    items = json.loads((SAMPLES / "posts.json").read_text(encoding="utf-8"))["posts"]
    return [
        {
            "kind": "post",
            "title": item["title"],
            "url": f"https://pinlabs.example/projects/{item['slug']}",
            "summary": item["summary"],
            "image_url": f"https://pinlabs.example/{item['image']}",
            "image_alt": item["image_alt"],
            "host": "pinlabs.example",
        }
        for item in items
    ]


EVENT: dict[str, Any] = {
    "kind": "event",
    "title": "Open lab night",
    "url": "https://pinlabs.example/events/1",
    "summary": "Bring what you build.",
    "when": "Thursday 3 December 2026, 18:00 to 20:00 CET",
    "day": "3",
    "month": "Dec",
    "place": "Pin Labs, Berlin",
    "online_url": "https://meet.pinlabs.example/1",
    "calendar_url": "https://news.pinlabs.example/calendar/20.ics",
}
JOB: dict[str, Any] = {
    "kind": "job",
    "title": "Platform engineer",
    "url": "https://jobs.pinlabs.example/1",
    "summary": "",
    "department": "Engineering",
    "where": "Berlin · Remote",
    "employment": "Full time",
    "apply_url": "",
}


def digest_context(
    posts: list[dict[str, str]],
    events: Sequence[dict[str, Any]] = (),
    jobs: Sequence[dict[str, Any]] = (),
) -> dict[str, object]:
    inside = {"post": ("Projects", posts), "event": ("Events", events), "job": ("Jobs", jobs)}
    return {
        "brand": BRAND,
        "issue": {
            "title": "24 November 2026",
            "key": "2026-11-24",
            "subject": "",
            "intro": "",
            "counts": f"{len(posts)} stories",
        },
        "sections": [
            {
                "name": name,
                "title": title,
                "entries": entries,
                "more": 37 if name == "job" else 0,
                "all_url": "https://news.pinlabs.example/jobs",
            }
            for name, (title, entries) in inside.items()
            if entries
        ],
        "recipient": {
            "greeting": "Hi Ada,",
            "email": "ada@example.org",
            "since": "3 November 2026",
        },
        "links": {"unsubscribe": UNSUBSCRIBE, "preferences": PREFERENCES, "view": VIEW},
    }


CONFIRM: dict[str, object] = {
    "brand": BRAND,
    "links": {
        "confirm": "https://news.pinlabs.example/confirm/token",
        "stop": "https://news.pinlabs.example/stop/token",
    },
    "request": {
        "topics": ["Projects", "Events"],
        "when": "24 November 2026, 09:14 UTC",
        "source": "https://news.pinlabs.example/join",
        "network": "203.0.113.x",
    },
    "valid_days": 7,
}
ALREADY: dict[str, Any] = {
    "brand": BRAND,
    "links": {
        "preferences": PREFERENCES,
        "unsubscribe": UNSUBSCRIBE,
        "stop": "https://news.pinlabs.example/stop/token",
    },
    "request": CONFIRM["request"],
}
RENEWAL: dict[str, Any] = {
    "brand": BRAND,
    "links": {
        "renew": "https://news.pinlabs.example/renew/token",
        "unsubscribe": UNSUBSCRIBE,
    },
    "topics": ["Projects", "Events"],
    "email": "ada@example.org",
    "since": "24 November 2024",
    "ends": "24 November 2026",
}

LINK: dict[str, Any] = {
    "brand": BRAND,
    "links": {"act": "https://news.pinlabs.example/erase/token"},
    "when": "24 November 2026, 09:14 UTC",
    "valid_hours": 24,
}
NOTICE: dict[str, Any] = {"brand": BRAND, "when": "24 November 2026, 09:14 UTC"}

Write = Callable[..., MailTemplates]
