"""What is wrong with a person's chain of consent events. Pure."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

from pinlabs_mailer.community.chain import (
    NO_DETAILS,
    Entry,
    Notary,
    Recorded,
    details_digest,
    same,
)
from pinlabs_mailer.db.words import ConsentChange


class Fault(StrEnum):
    """What was found, in the words that are shown."""

    ALTERED = "this event was changed after it was recorded, or another program wrote it"
    MISSING = "events are missing before this one"
    SEAL = "events are missing after this one, or an older state was put back"
    DETAILS = "a personal detail of this event was changed"
    BLANKED = "the personal details of this event are gone, and no erasure is recorded"
    AFTER_ERASURE = "this event was recorded for somebody who had been erased"
    UNCHAINED = "this event stands outside the chain"
    UNKNOWN_KEY = "this event was chained with a key that PINLABS_SECRET_KEYS does not have"
    WORDING = "the text of this wording was changed after it was shown"
    STANDING = "the subscription is not what follows from the events"
    ADDRESS = "the address is not the one of the last event"
    UNREADABLE = "what stands in the table cannot be an event"


class Break(NamedTuple):
    """One thing that is wrong, at the event with this position."""

    position: int
    fault: Fault


def breaks(notary: Notary, events: Sequence[Recorded], seal: str) -> Iterator[Break]:
    """Yield what is wrong with the events of one person, given in order, and with their seal.

    Each break is told once: what follows is judged by what stands there. Events from before there
    was a chain may come first; nothing vouches for them until the first chained one covers them.
    """
    erased = False
    erased_until = max((one.entry.position for one in events if _erases(one)), default=0)
    earlier: list[tuple[Entry, str]] = []
    chained = False
    previous: str | None = ""  # none: it is not known, so the event after it cannot be judged
    position = 0
    for one in events:
        entry, link = one.entry, one.link
        if entry.position != position + 1:
            yield Break(entry.position, Fault.MISSING)
            previous = None
        position = entry.position
        yield from _details(one, position <= erased_until)
        if erased and entry.change != ConsentChange.ERASED:
            yield Break(position, Fault.AFTER_ERASURE)
        erased = erased or _erases(one)
        if not link.hash:
            if chained:
                yield Break(position, Fault.UNCHAINED)
            earlier.append((entry, link.details_digest))
        elif not notary.knows(link.key_id):
            yield Break(position, Fault.UNKNOWN_KEY)
            chained, previous = True, None
        else:
            if not chained and previous is not None:
                previous = notary.before(earlier, link.key_id)
            if previous is not None:
                hash_ = notary.hash(entry, link.details_digest, previous, link.key_id)
                if not same(hash_, link.hash):
                    yield Break(position, Fault.ALTERED)
            chained, previous = True, notary.seal(entry, link)
    if previous is not None and not same(previous if chained else "", seal):
        yield Break(position, Fault.SEAL)


def _erases(one: Recorded) -> bool:
    return one.entry.change == ConsentChange.ERASED and bool(one.link.hash)


def _details(one: Recorded, erased: bool) -> Iterator[Break]:
    details, link = one.details, one.link
    if link.salt:
        fits = same(details_digest(details, link.salt), link.details_digest)
    elif link.details_digest or link.hash:
        fits = details == NO_DETAILS
        if fits and not erased:
            yield Break(one.entry.position, Fault.BLANKED)
    else:
        fits = True  # from before the chain, and nothing has been recorded since
    if not fits:
        yield Break(one.entry.position, Fault.DETAILS)
