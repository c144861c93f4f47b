"""Specimens: one of every mail that we send, with made-up people in it, to be measured."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from pinlabs_mailer import languages
from pinlabs_mailer.app import preview
from pinlabs_mailer.app.installation import App
from pinlabs_mailer.community.joining import REQUEST_LIVES
from pinlabs_mailer.community.wishes import LIVES, PURPOSES
from pinlabs_mailer.content.items import Item
from pinlabs_mailer.digest import letter
from pinlabs_mailer.languages import Language
from pinlabs_mailer.mail.message import Recipient, prepare
from pinlabs_mailer.mail.preflight import Standard
from pinlabs_mailer.settings import Mailbox

_TERM = timedelta(days=730)
_NETWORK = "203.0.113.x"


class Specimen(NamedTuple):
    """A mail, and what it is measured against."""

    name: str
    raw: bytes
    standard: Standard


def digests(app: App, at: datetime) -> Iterator[Specimen]:
    """Yield the next digest in every language, and the welcome mail with the same; with a post of
    ours if nothing is new."""
    nobody = preview.reader(app, None)
    for language in languages.every():
        who = nobody._replace(language=language)
        coming = preview.next_items(app, who, at)
        made_up = "" if coming.items else " with a made-up post"
        items = coming.items or [_post(app, at)]
        day = at.astimezone(app.settings.timezone).date()
        heading = letter.Heading(day.isoformat(), day, coming.words, more_jobs=coming.more_jobs)
        for mail in ("digest", "welcome"):
            rendered = letter.render(
                app.templates, app.masthead, heading, items, app.settings.timezone, language, mail
            )
            sent = preview.compose(app, rendered, who, who.email, "specimen")
            standard = app.preflight.standard(items)
            yield Specimen(f"{mail}{made_up} ({language.code})", sent.message, standard)


def others(app: App, at: datetime) -> Iterator[Specimen]:
    """Yield the mails that people cause, in every language."""
    for language in languages.every():
        for name, template, context in _contexts(app, at, language):
            listed = template == "renewal"
            yield Specimen(
                f"{name} ({language.code})",
                _written(app, template, context, language, listed=listed),
                app.preflight.standard(subscribed=listed),
            )


def _written(
    app: App, template: str, context: dict[str, object], language: Language, *, listed: bool
) -> bytes:
    """Return a mail as `delivery.letters` writes it. A reminder has the headers of the list."""
    who = preview.reader(app, None)
    rendered = app.templates.render(
        template, {"brand": app.masthead.context(), **context}, language
    )
    recipient = Recipient(
        Mailbox("", who.email),
        f"specimen@{app.masthead.domain}",
        {},
        app.letters.unsubscribe(who.reference) if listed else None,
    )
    if listed:
        return letter.prepared(app.masthead, rendered, app.dkim).join(recipient, app.clock())
    prepared = prepare(
        rendered, from_=app.masthead.from_, reply_to=app.masthead.reply_to, dkim=app.dkim
    )
    return prepared.join(recipient, app.clock())


def _contexts(
    app: App, at: datetime, language: Language
) -> Iterator[tuple[str, str, dict[str, object]]]:
    """Yield (name, template, what it is rendered with)."""
    links, today = app.links, at.date()
    who = preview.reader(app, None)
    local = at.astimezone(app.settings.timezone)
    when = language.moment(local)
    request = {
        "topics": [language.known("Projects")],
        "when": when,
        "source": links.join(),
        "network": _NETWORK,
    }
    stop, out = links.stop(who.reference), links.unsubscribe(who.reference)
    preferences = links.preferences(who.reference, today)
    yield "confirm", "confirm", {
        "links": {"confirm": links.confirm(who.reference), "stop": stop},
        "request": request,
        "valid_days": REQUEST_LIVES.days,
    }  # fmt: skip
    yield "already", "already", {
        "links": {"preferences": preferences, "unsubscribe": out, "stop": stop},
        "request": request,
    }  # fmt: skip
    yield "renewal", "renewal", {
        "links": {"renew": links.renew(who.reference, today), "unsubscribe": out},
        "topics": request["topics"],
        "email": who.email,
        "since": language.day((local - _TERM).date()),
        "ends": language.day(local.date()),
    }  # fmt: skip
    wishes = {kind.value: links.wish(purpose, who.reference) for kind, purpose in PURPOSES.items()}
    for wish, link in {"preferences": preferences, **wishes}.items():
        yield f"link, {wish}", "link", {
            "wish": wish,
            "when": when,
            "links": {"act": link},
            "valid_hours": LIVES // timedelta(hours=1),
        }  # fmt: skip
    yield "notice", "notice", {"when": when}


def _post(app: App, at: datetime) -> Item:
    """Return a post on our own site."""
    return Item(
        id=0,
        topic_id=0,
        topic="",
        url=app.links.join(),
        title="A post that was made up for this check",
        summary="There is no new one. It shows how a digest looks, and has what every post has.",
        image_url=f"{app.masthead.base_url}/static/logo",
        image_alt="a picture",
        published_at=at,
        first_seen_at=at,
    )
