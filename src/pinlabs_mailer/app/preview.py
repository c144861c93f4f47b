"""The next digest, without mailing it to its readers: as files, or to one address as a test."""

import asyncio
import secrets
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import func, select

from pinlabs_mailer import languages, topics
from pinlabs_mailer.app.installation import App
from pinlabs_mailer.community import subscribers
from pinlabs_mailer.community.address import Address, envelope
from pinlabs_mailer.content import next_issue
from pinlabs_mailer.content.items import Item
from pinlabs_mailer.content.next_issue import Words
from pinlabs_mailer.db.engine import reading
from pinlabs_mailer.db.tables import subscription
from pinlabs_mailer.db.words import Frequency
from pinlabs_mailer.delivery.envelope import Envelope
from pinlabs_mailer.delivery.single import send_one
from pinlabs_mailer.digest import letter
from pinlabs_mailer.digest.draft import NO_WORDS, Picks
from pinlabs_mailer.digest.picker import Pick, Subscription
from pinlabs_mailer.errors import MailerError
from pinlabs_mailer.languages import Language
from pinlabs_mailer.mail.message import Recipient
from pinlabs_mailer.mail.preflight import Finding, check
from pinlabs_mailer.mail.templates import RenderedMail
from pinlabs_mailer.settings import Mailbox
from pinlabs_mailer.tokens import REFERENCE_LENGTH
from pinlabs_mailer.transfer.private_file import unwritten

_NOBODY = "-" * REFERENCE_LENGTH
"""A reference that no subscriber has: its links lead to the page for bad links."""


class Reader(NamedTuple):
    """Whose digest is shown."""

    email: str
    name: str
    reference: str
    since: datetime | None
    subscriber_id: int | None
    language: Language


def reader(app: App, address: Address | None) -> Reader:
    """Return a person we know, or somebody who has just joined every topic."""
    if address is None:
        return Reader("reader@example.org", "", _NOBODY, None, None, languages.named())
    with reading(app.engine) as connection:
        person = subscribers.by_address(connection, address)
        since = connection.execute(
            select(func.min(subscription.c.confirmed_at)).where(
                subscription.c.subscriber_id == person.id
            )
        ).scalar()
    language = languages.named(person.locale)
    return Reader(person.email, person.name, person.reference, since, person.id, language)


class Coming(NamedTuple):
    """What the next digest of somebody would be made of."""

    items: list[Item]
    more_jobs: int = 0
    words: Words = NO_WORDS


def next_digest(
    app: App, who: Reader, at: datetime, *, is_test: bool = False
) -> RenderedMail | None:
    """Return what this reader would get at this moment, None if nothing.

    A test has no link to itself in a browser: no page shows what is no issue.
    """
    coming = next_items(app, who, at)
    if not coming.items:
        return None
    key = at.astimezone(app.settings.timezone).date().isoformat()
    view_url = None if is_test else ""
    return app.render(key, at, coming.items, who.language, coming.words, coming.more_jobs, view_url)


def next_items(app: App, who: Reader, at: datetime) -> Coming:
    """Return what this reader would be told of at this moment."""
    with reading(app.engine) as connection:
        picks = Picks(connection, app.terms(at), app.candidates(at)(connection))
        words = next_issue.read(connection)
        if who.subscriber_id is None:
            everything = tuple(
                Subscription(topic.id, app.clock(), Frequency.EVERY)
                for topic in topics.every(connection)
            )
            picked: Pick | None = picks.newcomer(everything)
        else:
            found = picks.one(who.subscriber_id)
            picked = found[1] if found else None
    if picked is None:
        return Coming([])
    by_id = {item.id: item for item in picks.shelf.items}
    return Coming([by_id[item_id] for item_id in picked.items], picked.more_jobs, words)


def compose(app: App, rendered: RenderedMail, who: Reader, to: str, message_id: str) -> Envelope:
    """Return the message that `who` would get, addressed to `to`."""
    sender = app.masthead.from_.address
    unsubscribe = app.letters.unsubscribe(who.reference)
    recipient = Recipient(
        Mailbox(who.name, to),
        f"{message_id}@{sender.rpartition('@')[2]}",
        letter.reader_values(
            who.name,
            who.email,
            who.since.date() if who.since else None,
            unsubscribe.https,
            who.language,
            app.links.preferences_token(who.reference, app.clock().date()),
        ),
        unsubscribe,
    )
    prepared = letter.prepared(app.masthead, rendered, app.dkim)
    return Envelope(sender, to, prepared.join(recipient, app.clock()))


def findings(app: App, rendered: RenderedMail, who: Reader, at: datetime) -> list[Finding]:
    """Measure the digest as this reader would get it."""
    raw = compose(app, rendered, who, envelope(who.email), "preview").message
    return check(raw, app.preflight.standard(next_items(app, who, at).items))


def write_files(app: App, rendered: RenderedMail, who: Reader, out: Path) -> list[Path]:
    """Write `digest.eml`, `.html` and `.txt`; return their paths."""
    raw = compose(app, rendered, who, envelope(who.email), "preview").message
    parsed = message_from_bytes(raw, policy=policy.default)
    written = []
    try:
        out.mkdir(parents=True, exist_ok=True)
        for suffix, content in (
            ("eml", raw),
            ("html", _part(parsed, "html")),
            ("txt", _part(parsed, "plain")),
        ):
            path = out / f"digest.{suffix}"
            path.write_bytes(content)
            written.append(path)
    except OSError as error:
        raise unwritten(
            f"The preview cannot be written to {out}",
            error,
            "Name a folder that this user may write to with --out.",
        ) from error
    return written


def _part(message: EmailMessage, kind: str) -> bytes:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content()).encode()


def send_test(app: App, rendered: RenderedMail, to: str) -> str:
    """Send a digest to one address, marked as a test; return the relay's reply.

    It is in no ledger and counts for nobody. Raises MailerError when the relay refuses it.
    """
    marked = RenderedMail(f"[Test] {rendered.subject}", rendered.text, rendered.html)
    who = reader(app, None)._replace(email=to)
    target = envelope(app.settings.only_to or to)
    mail = compose(app, marked, who, target, f"test.{secrets.token_hex(8)}")
    reply = asyncio.run(send_one(app.account, mail))
    if reply.code >= 300:
        raise MailerError(f"The relay refused the test: {reply}", "See what it says and try again.")
    return str(reply)
