"""Why a digest is as it is: the picker's own account of one reader, in words."""

from datetime import datetime
from typing import NamedTuple

from pinlabs_mailer.app.installation import App
from pinlabs_mailer.community import subscribers
from pinlabs_mailer.community.address import Address
from pinlabs_mailer.content import posts
from pinlabs_mailer.db.engine import reading
from pinlabs_mailer.db.words import ItemKind
from pinlabs_mailer.digest import readers
from pinlabs_mailer.digest.draft import Picks
from pinlabs_mailer.digest.picker import Why

_OUT = {
    Why.TOPIC: "out: the person is not in the topic {topic}",
    Why.TURN: "out: {topic} has had its {frequency} turn; it waits for the next",
    Why.SENT: "out: the person was sent it, or is about to be",
    Why.BEFORE: "out: it was in an issue before the person joined {topic}",
    Why.SEARCH: "out: the saved search asks for other jobs",
    Why.ROOM: "waits: the section has room for {room}, and others are nearer or newer",
    Why.FEW: "waits: the digest would have fewer than {least} items",
}


class Explained(NamedTuple):
    """What the next digest does with one item."""

    id: int
    kind: ItemKind
    topic: str
    title: str
    place: int | None
    """Where it stands in the digest, from 1; None if it is out."""
    rule: str
    """The rule that decided: `in`, one of `Why`, or `no candidate`."""
    why: str


class Explanation(NamedTuple):
    """What the next digest of a person is, and why."""

    email: str
    summary: str
    more_jobs: int
    items: list[Explained]
    """Those that are in come first, in their order, and last what is no candidate for anybody."""


def explain(app: App, address: Address, at: datetime) -> Explanation:
    """Return what would become of every recent item for this person, or raise NotFound."""
    terms = app.terms(at)
    with reading(app.engine) as connection:
        person = subscribers.by_address(connection, address)
        picks = Picks(connection, terms, app.candidates(at)(connection))
        aside = posts.set_aside(connection, at - app.settings.max_age, at)
        found = picks.one(person.id)
        if found is None:
            why = readers.why_not(connection, person.id, terms.opened_at)
            return Explanation(person.email, f"There would be no digest: {why}.", 0, [])
    reader, picked = found
    often = {one.topic_id: one.frequency.value for one in reader.subscriptions}
    nearness = picks.shelf.wanted(reader.search).near if reader.search else ()
    listed = []
    for item in picks.shelf.items:
        bit = picks.shelf.of([item.id])
        place = picked.items.index(item.id) + 1 if item.id in picked.items else None
        met = sum(1 for one in nearness if one & bit)
        why = "in: " + ("pinned" if item.pinned else "new to the person")
        rule = next((rule for rule, some in picked.out if some & bit and place is None), None)
        if rule is not None:
            why = _OUT[rule].format(
                topic=item.topic,
                frequency=often.get(item.topic_id, ""),
                room=terms.room[item.kind],
                least=terms.least,
            )
        if met and rule in (None, Why.ROOM):
            why += f", and it meets {met} of what they look for"
        listed.append(
            Explained(item.id, item.kind, item.topic, item.title, place, rule or "in", why)
        )
    last = len(listed) + 1
    listed.sort(key=lambda one: one.place or last)
    summary = f"The digest would have {len(picked.items)} of {len(listed)} items."
    listed += [
        Explained(item.id, item.kind, item.topic, item.title, None, "no candidate", f"out: {why}")
        for item, why in aside
    ]
    return Explanation(person.email, summary, picked.more_jobs, listed)
