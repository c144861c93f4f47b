"""What follows when a mail does not arrive, or when its reader complains. Pure.

One table for both ways of hearing of it: what the relay says at once, and what comes back later.
First it is settled why (`bounce_of_reply`, `bounce_of_report`), then the table says what follows.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from pinlabs_mailer.db.words import Bounce, ReturnKind
from pinlabs_mailer.outbox.replies import Action, Fault, Reason, Verdict


class Consequence(StrEnum):
    """What is done about it."""

    SUPPRESS = "suppress"
    """The address gets nothing more, at once."""
    COUNT = "count"
    """Suppressed after SOFT_ISSUES issues over SOFT_SPAN or more; a mail that arrives resets it."""
    LOOK_AGAIN = "look again"
    """Suppressed when a mail that was sent LOOK_AGAIN_AFTER later ends in the same way."""
    TELL = "tell"
    """Never the recipient's fault: the operator is told, and nobody is suppressed."""
    END = "end"
    """The address is suppressed for good, and consent is withdrawn."""
    LEAVE = "leave"
    """Consent is withdrawn."""
    NOTHING = "nothing"


CONSEQUENCES: Mapping[Bounce | ReturnKind, Consequence] = {
    Bounce.HARD: Consequence.SUPPRESS,
    Bounce.SOFT: Consequence.COUNT,
    Bounce.DOMAIN: Consequence.LOOK_AGAIN,
    Bounce.SENDER: Consequence.TELL,
    ReturnKind.COMPLAINT: Consequence.END,
    ReturnKind.UNSUBSCRIBE: Consequence.LEAVE,
    ReturnKind.AUTO_REPLY: Consequence.NOTHING,
    ReturnKind.UNKNOWN: Consequence.NOTHING,
}

SOFT_ISSUES, SOFT_SPAN = 4, timedelta(days=15)
LOOK_AGAIN_AFTER = timedelta(hours=24)
"""A mistyped domain stays wrong; one whose name servers are away comes back within a day."""
QUEUED_AT_MOST = timedelta(days=5)
"""For so long servers keep trying (RFC 5321 section 4.5.4.1): what has not come back by then
has arrived."""

_FAULTS = {
    Fault.SENDER: (
        Reason.POLICY,
        Reason.THROTTLED,
        Reason.SENDER,
        Reason.LOGIN_REFUSED,
        Reason.LOGIN_REQUIRED,
    ),
    Fault.MESSAGE: (Reason.CONTENT, Reason.TOO_BIG),
    Fault.DOMAIN: (Reason.NO_DOMAIN,),
}
"""Whose doing it is where a report gives this reason; else it is the recipient's."""
_FAULT_OF: Mapping[str, Fault] = {
    reason: fault for fault, reasons in _FAULTS.items() for reason in reasons
}


def bounce_of_reply(verdict: Verdict) -> Bounce:
    """Return why a delivery that ended with this reply of the relay did not arrive."""
    if verdict.action is Action.SUPPRESS:
        return Bounce.HARD
    return _bounce(verdict.fault, Bounce.SOFT)


def bounce_of_report(kind: ReturnKind, reason: str) -> Bounce | None:
    """Return why the mail of a hard or a soft report did not arrive; None: it still may."""
    if reason == Reason.DELAYED:
        return None
    return _bounce(_FAULT_OF.get(reason, Fault.RECIPIENT), Bounce(kind.value))


def _bounce(fault: Fault, of_recipient: Bounce) -> Bounce:
    if fault in (Fault.RECIPIENT, Fault.NOBODY):
        return of_recipient
    return Bounce.DOMAIN if fault is Fault.DOMAIN else Bounce.SENDER


class Fate(NamedTuple):
    """What became of one mail to a person."""

    at: datetime
    """When the relay had its last word on it."""
    is_issue: bool
    bounce: Bounce | None
    accepted: bool


def is_full_for_long(fates: Sequence[Fate], now: datetime) -> bool:
    """Say whether so many issues found a mailbox that takes nothing that it is given up.

    `fates` are those of one person, the oldest first, ending anywhere.
    """
    streak: list[datetime] = []
    for fate in _settled(fates, Bounce.SOFT, now):
        if fate.bounce is Bounce.SOFT and fate.is_issue:
            streak.append(fate.at)
        elif _arrived(fate):
            streak.clear()
    return len(streak) >= SOFT_ISSUES and streak[-1] - streak[0] >= SOFT_SPAN


def is_gone_for_long(fates: Sequence[Fate], now: datetime) -> bool:
    """Say whether a domain took no mail, and none a day later, with nothing taken between."""
    first: datetime | None = None
    for fate in _settled(fates, Bounce.DOMAIN, now):
        if fate.bounce is Bounce.DOMAIN:
            if first is not None and fate.at - first >= LOOK_AGAIN_AFTER:
                return True
            first = first or fate.at
        elif _arrived(fate):
            first = None
    return False


def _settled(fates: Sequence[Fate], bounce: Bounce, now: datetime) -> Iterator[Fate]:
    """Leave out what the relay has taken since, and may come back yet: that is no arrival."""
    last = max((fate.at for fate in fates if fate.bounce is bounce), default=now)
    return (fate for fate in fates if fate.at <= last or now - fate.at >= QUEUED_AT_MOST)


def _arrived(fate: Fate) -> bool:
    return fate.accepted and fate.bounce is None
