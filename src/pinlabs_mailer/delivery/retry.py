"""When to try again, and when to give up. Pure: the dice are an argument."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from pinlabs_mailer.db.words import DeliveryKind

GIVE_UP_AFTER = {
    DeliveryKind.DIGEST: timedelta(hours=48),
    DeliveryKind.CONFIRM: timedelta(hours=2),
    DeliveryKind.ALREADY: timedelta(hours=2),
    DeliveryKind.WELCOME: timedelta(hours=48),
    DeliveryKind.RENEWAL: timedelta(days=5),
    DeliveryKind.LINK: timedelta(hours=2),
    DeliveryKind.NOTICE: timedelta(hours=48),
}
"""A digest is stale after two days; whoever waits for a link has left after two hours.
A reminder is worth trying for as long as servers do by themselves (RFC 5321 section 4.5.4.1)."""
_JITTER = 0.2


@dataclass(frozen=True)
class Backoff:
    """The pauses between tries; the last is repeated until it is time to give up."""

    pauses: tuple[timedelta, ...]
    dice: Callable[[], float]
    """Returns a number from 0 up to 1."""

    def next_try(
        self, kind: DeliveryKind, created_at: datetime, attempts: int, now: datetime
    ) -> datetime | None:
        """Return when to try again after `attempts` earlier tries, None to give up."""
        pause = self.pauses[min(attempts, len(self.pauses) - 1)]
        at = now + pause * (1 + _JITTER * (2 * self.dice() - 1))
        return None if at - created_at > GIVE_UP_AFTER[kind] else at
