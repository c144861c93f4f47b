"""Where a subscription stands, as it follows from the consent events alone. Pure.

The table `subscription` holds the same for those who ask often; `consent verify` compares.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from pinlabs_mailer.community.chain import Entry
from pinlabs_mailer.db.words import Actor, Consent, ConsentChange, Frequency


@dataclass(frozen=True)
class Standing:
    """Where one subscription stands, and since when."""

    status: Consent
    requested_at: datetime | None = None
    confirmed_at: datetime | None = None
    withdrawn_at: datetime | None = None
    frequency: Frequency | None = None
    """How often at most; None when no event has said it: those from before the chain did not."""
    term_since: datetime | None = None
    """When the term of retention began that goes with the status: the last active contact of who
    is confirmed, the end of a consent that has ended, else the request or its expiry (item C9)."""

    def withdrawn_since(self, moment: datetime) -> bool:
        """Say whether a request of that moment has been overtaken by a withdrawal."""
        return self.withdrawn_at is not None and self.withdrawn_at >= moment

    @property
    def has_ended(self) -> bool:
        """Say whether consent was given or withdrawn once and none is there now. Anybody can ask
        in somebody's name, so neither a request nor its end changes since when (item C8)."""
        was_there = self.confirmed_at is not None or self.withdrawn_at is not None
        return was_there and self.status != Consent.CONFIRMED

    @property
    def refused(self) -> bool:
        """Say whether a withdrawal is the last word, also while a new request is open."""
        if self.withdrawn_at is None or self.status == Consent.CONFIRMED:
            return False
        return self.confirmed_at is None or self.withdrawn_since(self.confirmed_at)


PROMISES = frozenset(
    {
        ConsentChange.REQUESTED,
        ConsentChange.CONFIRMED,
        ConsentChange.CHANGED,
        ConsentChange.RENEWED,
        ConsentChange.IMPORTED,
    }
)
"""The changes that promise how often at most there is mail; their events say it (item C5)."""

_STATUS = {
    ConsentChange.REQUESTED: Consent.PENDING,
    ConsentChange.CONFIRMED: Consent.CONFIRMED,
    ConsentChange.IMPORTED: Consent.CONFIRMED,
    ConsentChange.WITHDRAWN: Consent.WITHDRAWN,
    ConsentChange.EXPIRED: Consent.EXPIRED,
}
_CONFIRM = frozenset({ConsentChange.CONFIRMED, ConsentChange.IMPORTED})
_BEGIN = _CONFIRM | {ConsentChange.REQUESTED, ConsentChange.WITHDRAWN}
_NEW: Mapping[ConsentChange, Standing] = {what: Standing(_STATUS[what]) for what in _BEGIN}
"""What a subscription begins as; other changes begin none."""
_CONTACT = frozenset(
    {
        ConsentChange.CONFIRMED,
        ConsentChange.CHANGED,
        ConsentChange.RENEWED,
        ConsentChange.WITHDRAWN,
    }
)
"""What is an active contact when the person does it. A request is one once it is confirmed."""


def after(
    before: Standing | None,
    what: ConsentChange,
    at: datetime,
    frequency: Frequency | None,
    given_at: datetime | None = None,
) -> Standing | None:
    """Return where a subscription stands after a change; None where there is none (any more).

    A change or a renewal moves nobody: whoever has withdrawn or let it expire must ask anew.
    Consent that was given elsewhere and before, at `given_at`, counts from then.
    """
    if what == ConsentChange.ERASED:
        return None
    before = before or _NEW.get(what)
    if before is None:
        return None
    moved_to, confirms = _STATUS.get(what), what in _CONFIRM
    since = before.term_since
    if confirms:
        given = min(given_at or at, at)
        held = since if before.status == Consent.CONFIRMED else None
        since = max(held or given, given)
    elif what == ConsentChange.WITHDRAWN or (moved_to is not None and not before.has_ended):
        since = at
    return Standing(
        status=moved_to or before.status,
        requested_at=at if what == ConsentChange.REQUESTED else before.requested_at,
        confirmed_at=at if confirms else before.confirmed_at,
        withdrawn_at=at if what == ConsentChange.WITHDRAWN else before.withdrawn_at,
        frequency=frequency or before.frequency,
        term_since=since,
    )


def touched(
    stand: Mapping[int, Standing], what: ConsentChange, actor: str, at: datetime
) -> dict[int, Standing]:
    """Return the subscriptions whose term begins anew by an event, by topic id.

    What a person does counts for all they are in, whichever topic it was about. What the operator
    or a rule does, or the provider of a mailbox, is no contact.
    """
    if actor != Actor.PERSON or what not in _CONTACT:
        return {}
    return {
        topic_id: replace(one, term_since=at)
        for topic_id, one in stand.items()
        if one.status == Consent.CONFIRMED and (one.term_since is None or one.term_since < at)
    }


def standing_from(events: Iterable[Entry]) -> dict[int, Standing]:
    """Return where each topic of a person stands, by topic id, from their events in order."""
    stand: dict[int, Standing] = {}
    for event in events:
        frequency = Frequency(event.frequency) if event.frequency else None
        what = ConsentChange(event.change)
        before = stand.get(event.topic_id)
        moved = after(before, what, event.at, frequency, event.given_at)
        if moved is None:
            stand.pop(event.topic_id, None)
        else:
            stand[event.topic_id] = moved
        stand |= touched(stand, what, event.actor, event.at)
    return stand
