"""Everything held on one person, as people read it and as programs do."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from pinlabs_mailer import languages
from pinlabs_mailer.app.installation import App
from pinlabs_mailer.app.proof import plain, render, write
from pinlabs_mailer.community import subscribers
from pinlabs_mailer.community.address import Address
from pinlabs_mailer.community.holdings import held
from pinlabs_mailer.db.engine import reading
from pinlabs_mailer.languages import Language, marked

_TITLES = {
    "person": marked("You"),
    "subscriptions": marked("What you are subscribed to"),
    "consent_events": marked("What you agreed to, and when"),
    "saved_search": marked("Which jobs you want to hear of"),
    "requests_to_join": marked("Requests to join"),
    "sign_up_forms": marked("Forms that wait to be looked at"),
    "wishes": marked("What you asked for by a mailed link"),
    "suppressions": marked("Why no mail goes to the address"),
    "deliveries": marked("Mails to you"),
    "reports": marked("What came back from your mailbox"),
}
_LABELS = {
    "email": marked("Address"),
    "name": marked("Name"),
    "locale": marked("Language"),
    "language": marked("Language"),
    "timezone": marked("Time zone"),
    "created_at": marked("Known or planned since"),
    "paused_until": marked("Paused until"),
    "moved_at": marked("Address changed"),
    "topic": marked("Topic"),
    "topics": marked("Topics"),
    "title": marked("Title"),
    "status": marked("How it stands"),
    "frequency": marked("How often at most"),
    "departments": marked("Departments"),
    "locations": marked("Places"),
    "employments": marked("Kinds of employment"),
    "words": marked("Words"),
    "saved_at": marked("Saved"),
    "requested_at": marked("Asked for"),
    "confirmed_at": marked("Confirmed"),
    "withdrawn_at": marked("Withdrawn"),
    "position": marked("Number"),
    "at": marked("When"),
    "asked_at": marked("When"),
    "change": marked("What happened"),
    "actor": marked("Who acted"),
    "source": marked("Where"),
    "wording": marked("The words that were shown"),
    "form_version": marked("Form and its version"),
    "evidence": marked("Evidence"),
    "given_at": marked("Given on"),
    "network": marked("Network address"),
    "user_agent": marked("Program used"),
    "message_id": marked("Mail that was answered"),
    "kind": marked("Kind"),
    "done_at": marked("Done"),
    "reason": marked("Reason"),
    "note": marked("Note"),
    "since": marked("Since"),
    "issue": marked("Issue"),
    "started_at": marked("Sent"),
    "finished_at": marked("Done"),
    "reply": marked("Answer of the mail server"),
    "items": marked("What was in it"),
    "tries": marked("Tries before"),
    "bounced_at": marked("Came back"),
    "complained_at": marked("Complained of"),
    "received_at": marked("Came back"),
    "recipient": marked("Recipient"),
    "diagnostic": marked("What the mail server said"),
    "raw": marked("The mail that came back"),
}


class Section(NamedTuple):
    """One part of the page."""

    title: str
    entries: list[list[tuple[str, str]]]
    """Each a list of labels and values; what is empty is left out."""


def as_json(document: Mapping[str, Any]) -> str:
    """Return the document for programs."""
    return json.dumps(document, default=plain, ensure_ascii=False, indent=2) + "\n"


def sections(document: Mapping[str, Any], language: Language) -> list[Section]:
    """Return the document for people: every part that is not empty."""
    found = []
    for name, title in _TITLES.items():
        part = document[name]
        entries = [_entry(one, language) for one in (part if isinstance(part, list) else [part])]
        if entries:
            found.append(Section(language.gettext(title), entries))
    return found


def write_held(app: App, address: Address, out: Path) -> list[Path]:
    """Write `subscriber-data.html` and `.json`; return their paths. Raises NotFound."""
    found = held_on(app, address)
    language = languages.named(str(found["person"]["locale"]))
    page = render(
        "subscriber-data.html",
        {"email": address.email, "sections": sections(found, language), **language.words()},
    )
    return write(out, "subscriber-data", page, as_json(found))


def held_on(app: App, address: Address) -> dict[str, Any]:
    """Return everything held on whoever has this address, or raise NotFound."""
    with reading(app.engine) as connection:
        person = subscribers.by_address(connection, address)
    with reading(app.engine) as connection:
        return held(connection, app.notary, person.id, app.clock())


def _entry(one: Mapping[str, Any], language: Language) -> list[tuple[str, str]]:
    return [
        (language.gettext(_LABELS.get(name, name)), _value(value, language))
        for name, value in one.items()
        if value not in (None, "", [])
    ]


def _value(value: object, language: Language) -> str:
    match value:
        case datetime():
            return language.moment(value.astimezone(UTC))
        case Mapping():
            return ", ".join(_value(part, language) for part in value.values() if part)
        case str():
            return value
        case Sequence():
            return "; ".join(_value(part, language) for part in value)
    return str(value)
