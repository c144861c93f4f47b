"""A digest and a confirmation, composed from the real templates as `delivery.letters` does."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from tests.support.checklist import Expected

import pinlabs_mailer
from pinlabs_mailer import languages, resources
from pinlabs_mailer.content.items import Item
from pinlabs_mailer.digest import letter, showing
from pinlabs_mailer.digest.showing import Telling
from pinlabs_mailer.links import Links
from pinlabs_mailer.mail.accent import accent
from pinlabs_mailer.mail.masthead import Masthead
from pinlabs_mailer.mail.message import MailingList, Prepared, Recipient, Unsubscribe, prepare
from pinlabs_mailer.mail.slots import slot
from pinlabs_mailer.mail.templates import MailTemplates
from pinlabs_mailer.settings import Mailbox
from pinlabs_mailer.tokens import Signer, new_reference

AT = datetime(2026, 11, 24, 9, 0, 7, tzinfo=UTC)
SINCE = datetime(2026, 11, 3, 18, 30, tzinfo=UTC)
DAY = date(2026, 11, 24)
SIGNER = Signer(["k" * 32])
PUBLIC, LOOPBACK = "https://news.pinlabs.example", "http://127.0.0.1:8025"
OTHERS = ("bob@example.net", "eve@example.net")
SAMPLES = Path(pinlabs_mailer.__file__).parent / "demo" / "samples" / "posts.json"


class Mail(NamedTuple):
    """A message, and what it is held to."""

    raw: bytes
    expected: Expected


@cache
def templates() -> MailTemplates:
    return MailTemplates(resources.directory("templates") / "email")


def masthead(base_url: str = PUBLIC, name: str = "Pin Labs") -> Masthead:
    return Masthead(
        name=name,
        base_url=base_url,
        join_url=f"{base_url}/join",
        from_=Mailbox(name, "news@pinlabs.example"),
        reply_to=Mailbox("", "hello@pinlabs.example"),
        postal_address="1 Lab Street\n94107 San Francisco, USA",
        privacy_url="https://pinlabs.example/privacy",
        mailing_list=MailingList(
            list_id="newsletter.pinlabs.example",
            name=name,
            feedback_id="digest:newsletter:pinlabs",
            unsubscribe_mailbox="leave@pinlabs.example",
        ),
        accent=accent("#c8102e"),
    )


def post(number: int = 1, **changes: Any) -> Item:
    """Return a post with everything in it."""
    written: dict[str, Any] = {
        "url": f"https://pinlabs.example/projects/{number}",
        "title": f"Post number {number}",
        "summary": "What it is about.",
        "image_url": f"https://pinlabs.example/images/{number}.png",
        "image_alt": "a diagram",
        "published_at": AT,
    }
    return Item(id=number, topic_id=1, topic="projects", first_seen_at=AT, **(written | changes))


def sample_posts(base_url: str = PUBLIC) -> list[Item]:
    """Return the twelve posts that come with the product."""
    items = json.loads(SAMPLES.read_text(encoding="utf-8"))["posts"]
    return [
        post(
            number,
            url=f"https://pinlabs.example/projects/{item['slug']}",
            title=item["title"],
            summary=item["summary"],
            image_url=f"{base_url}/{item['image']}",
            image_alt=item["image_alt"],
        )
        for number, item in enumerate(items, 1)
    ]


def context(
    head: Masthead, posts: Sequence[Item], values: Mapping[str, str], code: str = "en"
) -> dict[str, object]:
    """Return what a digest's templates get; `values` by slot name."""
    language = languages.named(code)
    return {
        "brand": head.context(),
        "issue": {
            "title": language.day(DAY),
            "key": DAY.isoformat(),
            "subject": "",
            "intro": "",
            "counts": showing.counts(posts, language),
        },
        "sections": showing.sections(posts, Telling(language, UTC, head.base_url)),
        "recipient": {name: values[f"recipient.{name}"] for name in ("greeting", "email", "since")},
        "links": {
            "unsubscribe": values[letter.UNSUBSCRIBE],
            "preferences": f"{head.base_url}/preferences/{values[letter.PREFERENCES]}",
            "view": f"{head.base_url}/archive/{DAY.isoformat()}",
        },
    }


HEADING = letter.Heading(DAY.isoformat(), DAY)
SLOTS = {
    name: slot(name)
    for name in (
        letter.GREETING,
        letter.EMAIL,
        letter.SINCE,
        letter.UNSUBSCRIBE,
        letter.PREFERENCES,
    )
}


def recipient(
    head: Masthead,
    name: str = "Ada",
    email: str = "ada@example.net",
    number: int = 17,
    reference: str | None = None,
) -> Recipient:
    """Return a subscriber as the digest wants them."""
    links = Links(head.base_url, SIGNER)
    reference = reference or new_reference()
    https = links.unsubscribe(reference)
    token = links.unsubscribe_token(reference)
    mailbox = head.mailing_list.unsubscribe_mailbox
    return Recipient(
        to=Mailbox(name, email),
        message_id=f"{number}.installation@pinlabs.example",
        values=letter.reader_values(
            name, email, SINCE, https, preferences=links.preferences_token(reference, DAY)
        ),
        unsubscribe=Unsubscribe(https, f"mailto:{mailbox}?subject=unsubscribe%20{token}"),
    )


def prepared_digest(head: Masthead, posts: Sequence[Item], code: str = "en") -> Prepared:
    language = languages.named(code)
    rendered = letter.render(templates(), head, HEADING, posts, UTC, language)
    return letter.prepared(head, rendered)


def expected(head: Masthead, to: Recipient, *, list_mail: bool = True) -> Expected:
    return Expected(
        recipient=to.to.address,
        from_name=head.from_.name,
        domain="pinlabs.example",
        base_url=head.base_url,
        at=AT,
        postal_address=head.postal_address,
        others=OTHERS,
        list_mail=list_mail,
    )


def digest(base_url: str = PUBLIC, name: str = "Ada", to: Recipient | None = None) -> Mail:
    """Return the digest of the twelve sample posts."""
    head = masthead(base_url)
    to = to or recipient(head, name)
    raw = prepared_digest(head, sample_posts(base_url)).join(to, AT)
    return Mail(raw, expected(head, to))


def confirmation(base_url: str = PUBLIC) -> Mail:
    """Return the mail that asks whether it was you."""
    head = masthead(base_url)
    rendered = templates().render(
        "confirm",
        {
            "brand": head.context(),
            "links": {
                "confirm": Links(base_url, SIGNER).confirm(new_reference()),
                "stop": Links(base_url, SIGNER).stop(new_reference()),
            },
            "request": {
                "topics": ["Projects", "Events"],
                "when": "24 November 2026 at 09:00 UTC",
                "source": f"{base_url}/join",
                "network": "203.0.113.x",
            },
            "valid_days": 7,
        },
    )
    to = Recipient(Mailbox("", "ada@example.net"), "18.installation@pinlabs.example", {})
    raw = prepare(rendered, from_=head.from_, reply_to=head.reply_to).join(to, AT)
    return Mail(raw, expected(head, to, list_mail=False))
