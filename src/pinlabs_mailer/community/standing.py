"""Where a subscription stands, as it follows from the consent events alone. Pure.

The table `subscription` holds the same for those who ask often; `consent verify` compares.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from pinlabs_mailer.community.chain import Entry
from pinlabs_mailer.db.words import Consent, ConsentChange, Frequency


@dataclass(frozen=True)
class Standing:
    """Where one subscription stands, and since when."""

    status: Consent
    requested_at: datetime | None = None
    confirmed_at: datetime | None = None
    withdrawn_at: datetime | None = None
    frequency: Frequency | None = None
    """How often at most; None when no event has said it: those from before the chain did not."""

    def withdrawn_since(self, moment: datetime) -> bool:
        """Say whether a request of that moment has been overtaken by a withdrawal."""
        return self.withdrawn_at is not None and self.withdrawn_at >= moment

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


def after(
    before: Standing | None, what: ConsentChange, at: datetime, frequency: Frequency | None
) -> Standing | None:
    """Return where a subscription stands after a change; None where there is none (any more).

    A change or a renewal moves nobody: whoever has withdrawn or let it expire must ask anew.
    """
    if what == ConsentChange.ERASED:
        return None
    if before is None:
        if what not in _BEGIN:
            return None
        before = Standing(_STATUS[what])
    return Standing(
        status=_STATUS.get(what, before.status),
        requested_at=at if what == ConsentChange.REQUESTED else before.requested_at,
        confirmed_at=at if what in _CONFIRM else before.confirmed_at,
        withdrawn_at=at if what == ConsentChange.WITHDRAWN else before.withdrawn_at,
        frequency=frequency or before.frequency,
    )


def standing_from(events: Iterable[Entry]) -> dict[int, Standing]:
    """Return where each topic of a person stands, by topic id, from their events in order."""
    stand: dict[int, Standing] = {}
    for event in events:
        frequency = Frequency(event.frequency) if event.frequency else None
        moved = after(stand.get(event.topic_id), ConsentChange(event.change), event.at, frequency)
        if moved is None:
            stand.pop(event.topic_id, None)
        else:
            stand[event.topic_id] = moved
    return stand
