"""The consent record: append-only events, and the standing that follows from them.

Every change of a subscription goes through `change`, which writes the event and the standing in
one transaction. A withdrawal beats any older request or consent.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from pinlabs_mailer.db.insert import insert_new
from pinlabs_mailer.db.tables import consent_event, subscription, wording
from pinlabs_mailer.db.words import Consent, ConsentChange, Frequency

STANDING = {
    ConsentChange.REQUESTED: Consent.PENDING,
    ConsentChange.CONFIRMED: Consent.CONFIRMED,
    ConsentChange.WITHDRAWN: Consent.WITHDRAWN,
}
_MOMENT = {
    ConsentChange.REQUESTED: "requested_at",
    ConsentChange.CONFIRMED: "confirmed_at",
    ConsentChange.WITHDRAWN: "withdrawn_at",
}


@dataclass(frozen=True)
class Circumstances:
    """When, how and from where a consent changed."""

    at: datetime
    source: str
    """Where it was said: `join page`, `confirmation page`, `one-click`, `command line` ..."""
    wording_id: int | None = None
    evidence: str = ""
    network: str = ""
    user_agent: str = ""


@dataclass(frozen=True)
class Standing:
    """Where one subscription stands, and since when."""

    status: Consent
    requested_at: datetime | None
    confirmed_at: datetime | None
    withdrawn_at: datetime | None

    def withdrawn_since(self, moment: datetime) -> bool:
        """Say whether a request of that moment has been overtaken by a withdrawal."""
        return self.withdrawn_at is not None and self.withdrawn_at >= moment

    @property
    def refused(self) -> bool:
        """Say whether a withdrawal is the last word, also while a new request is open."""
        if self.withdrawn_at is None or self.status == Consent.CONFIRMED:
            return False
        return self.confirmed_at is None or self.withdrawn_since(self.confirmed_at)


def change(
    connection: Connection,
    subscriber_id: int,
    topic_id: int,
    what: ConsentChange,
    how: Circumstances,
    frequency: Frequency | None = None,
) -> None:
    """Record one change of one subscription."""
    connection.execute(
        insert(consent_event).values(
            subscriber_id=subscriber_id,
            topic_id=topic_id,
            change=what,
            at=how.at,
            source=how.source[:200],
            wording_id=how.wording_id,
            evidence=how.evidence,
            network=how.network[:45],
            user_agent=how.user_agent[:300],
        )
    )
    standing: dict[str, object] = {"status": STANDING[what], _MOMENT[what]: how.at}
    if frequency is not None:
        standing["frequency"] = frequency
    here = (subscription.c.subscriber_id == subscriber_id) & (subscription.c.topic_id == topic_id)
    changed = connection.execute(update(subscription).where(here).values(standing))
    if changed.rowcount == 0:
        connection.execute(
            insert(subscription).values(subscriber_id=subscriber_id, topic_id=topic_id, **standing)
        )


def standing(connection: Connection, subscriber_id: int) -> dict[int, Standing]:
    """Return where each topic stands for a person, by topic id."""
    found = connection.execute(
        select(
            subscription.c.topic_id,
            subscription.c.status,
            subscription.c.requested_at,
            subscription.c.confirmed_at,
            subscription.c.withdrawn_at,
        ).where(subscription.c.subscriber_id == subscriber_id)
    )
    return {row.topic_id: Standing(Consent(row.status), *row[2:]) for row in found}


def remember_wording(connection: Connection, text: str, now: datetime) -> int:
    """Return the id of a wording; each text is stored once."""
    digest = hashlib.sha256(text.encode()).hexdigest()
    row = {"digest": digest, "text": text, "first_used_at": now}
    insert_new(connection, wording, row, wording.c.digest)
    found: int = connection.execute(
        select(wording.c.id).where(wording.c.digest == digest)
    ).scalar_one()
    return found
