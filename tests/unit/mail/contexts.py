"""What the tests of the templates render: the sample posts, and a context for each mail."""

import json
from collections.abc import Callable
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
PREFERENCES = "https://news.pinlabs.example/preferences/token"


def sample_posts() -> list[dict[str, str]]:
    """Return the twelve sample posts as a digest shows them."""
    items = json.loads((SAMPLES / "posts.json").read_text(encoding="utf-8"))["posts"]
    return [
        {
            "title": item["title"],
            "url": f"https://pinlabs.example/projects/{item['slug']}",
            "summary": item["summary"],
            "image_url": f"https://pinlabs.example/{item['image']}",
            "image_alt": item["image_alt"],
            "host": "pinlabs.example",
        }
        for item in items
    ]


def digest_context(posts: list[dict[str, str]]) -> dict[str, object]:
    return {
        "brand": BRAND,
        "issue": {"title": "24 November 2026", "key": "2026-11-24", "intro": ""},
        "posts": posts,
        "recipient": {
            "greeting": "Hi Ada,",
            "email": "ada@example.org",
            "since": "3 November 2026",
        },
        "links": {"unsubscribe": UNSUBSCRIBE, "preferences": PREFERENCES},
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
