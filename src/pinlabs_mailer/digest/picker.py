"""What one reader gets. Pure: everything it looks at is an argument.

The rules, each once, in this order:

- of the reader's topics, those whose turn it is: `weekly` and `monthly` had none yet in this ISO
  week or calendar month of the schedule's zone;
- nothing the reader was sent, or is about to be;
- no post that was in an issue before the reader confirmed its topic; an event that is still to
  come and a job that is still open are news to them;
- of jobs, those that the reader's saved search lets through;
- what there is room for: in each section first what is pinned, then what is nearest, then newest
  (of events: soonest). What does not fit waits for the next issue;
- nothing at all if that is fewer items than the least.

An item is the nearer the more of the reader's locations and words it meets (`shelf.py`), a word in
the title counting twice. Sections stand in order: what is pinned, posts, events, jobs.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from pinlabs_mailer.db.words import Frequency, ItemKind
from pinlabs_mailer.digest.shelf import KINDS, Shelf, Wanted


class Why(StrEnum):
    """Which rule keeps an item from a reader."""

    TOPIC = "topic"
    TURN = "turn"
    SENT = "sent"
    BEFORE = "before"
    SEARCH = "search"
    ROOM = "room"
    FEW = "few"


class Rules(NamedTuple):
    """What is the same for every reader of an issue."""

    as_of: datetime
    zone: ZoneInfo
    room: Mapping[ItemKind, int]
    """How many items a section has, at most."""
    least: int = 1


class Subscription(NamedTuple):
    """A confirmed subscription of the reader."""

    topic_id: int
    confirmed_at: datetime
    frequency: Frequency


class Past(NamedTuple):
    """What somebody was sent: in one issue, or in all."""

    items: int = 0
    """A set of the shelf."""
    turns: frozenset[tuple[int, Frequency]] = frozenset()
    """Topics that had their turn in the present week, or month."""


class Pick(NamedTuple):
    """What a reader gets, and what kept everything else from them."""

    items: tuple[int, ...]
    """Ids, in the order in which they are shown."""
    more_jobs: int
    """Jobs that had no room."""
    out: tuple[tuple[Why, int], ...]
    """Sets of the shelf."""


def pick(
    shelf: Shelf,
    rules: Rules,
    subscriptions: Sequence[Subscription],
    past: Past,
    wanted: Wanted | None = None,
) -> Pick:
    """Choose the items for one reader. `wanted` is their search, None if they have none."""
    out: list[tuple[Why, int]] = []
    left = shelf.everything
    for why, kept in _sieves(shelf, subscriptions, past, wanted):
        out.append((why, left & ~kept))
        left &= kept
    chosen: list[int] = []
    for kind in KINDS:
        chosen += _nearest(shelf, left & shelf.kind(kind), rules.room[kind], wanted)
    taken = _union(chosen)
    crowded = left & ~taken
    out.append((Why.ROOM, crowded))
    if len(chosen) < rules.least:
        out.append((Why.FEW, taken))
        return Pick((), 0, tuple(out))
    more_jobs = (crowded & shelf.kind(ItemKind.JOB)).bit_count()
    return Pick(_in_order(shelf, chosen), more_jobs, tuple(out))


def together(some: Iterable[Past]) -> Past:
    """Return what somebody was sent in several issues."""
    items, turns = 0, _NO_TURNS
    for one in some:
        items |= one.items
        if one.turns:
            turns |= one.turns
    return Past(items, turns)


_NO_TURNS: frozenset[tuple[int, Frequency]] = frozenset()


def turns(topics: Iterable[int], as_of: datetime, rules: Rules) -> frozenset[tuple[int, Frequency]]:
    """Return whose turn of the present period an issue of that moment took by having topics."""
    same = [
        frequency
        for frequency in (Frequency.WEEKLY, Frequency.MONTHLY)
        if _period(frequency, as_of, rules.zone) == _period(frequency, rules.as_of, rules.zone)
    ]
    return frozenset((topic_id, frequency) for topic_id in topics for frequency in same)


def _sieves(
    shelf: Shelf, subscriptions: Sequence[Subscription], past: Past, wanted: Wanted | None
) -> Iterable[tuple[Why, int]]:
    """Yield each rule with the items that it lets through."""
    theirs = {one.topic_id: shelf.topic(one.topic_id) for one in subscriptions}
    yield Why.TOPIC, _union(theirs.values())
    yield (
        Why.TURN,
        _union(
            theirs[one.topic_id]
            for one in subscriptions
            if (one.topic_id, one.frequency) not in past.turns
        ),
    )
    yield Why.SENT, ~past.items
    stale = _union(theirs[s.topic_id] & shelf.issued_before(s.confirmed_at) for s in subscriptions)
    yield Why.BEFORE, ~(stale & shelf.kind(ItemKind.POST))
    yield Why.SEARCH, shelf.everything if wanted is None else wanted.let_through


def _nearest(shelf: Shelf, left: int, room: int, wanted: Wanted | None) -> list[int]:
    """Return up to `room` items one by one: what is pinned, and then level by level."""
    chosen = [bit for bit in shelf.pinned if bit & left][:room]
    left &= ~_union(chosen)
    for level in _levels(left, wanted.near if wanted else ()):
        while level and len(chosen) < room:
            lowest = level & -level
            chosen.append(lowest)
            level ^= lowest
    return chosen


def _levels(left: int, near: Sequence[int]) -> list[int]:
    """Return the items that are left, those that meet the most of `near` first."""
    at_least = [left]
    for one in near:
        some = one & left
        if not some:
            continue
        at_least.append(0)
        for number in range(len(at_least) - 1, 0, -1):
            at_least[number] |= at_least[number - 1] & some
    exactly = [
        some & ~more for some, more in zip(at_least, [*at_least[1:], 0], strict=True) if some
    ]
    return exactly[::-1]


def _in_order(shelf: Shelf, chosen: Sequence[int]) -> tuple[int, ...]:
    """Return the ids of what was chosen section by section, what is pinned before all others."""
    taken = _union(chosen)
    first = [bit for bit in shelf.pinned if bit & taken]
    events = shelf.kind(ItemKind.EVENT) & taken & ~_union(first)
    rest = [bit for bit in chosen if bit not in first]
    jobs = shelf.kind(ItemKind.JOB)
    posts = [bit for bit in rest if not bit & (events | jobs)]
    return (
        *(item for bit in (*first, *posts) for item in shelf.ids(bit)),
        *shelf.ids(events),
        *(item for bit in rest if bit & jobs for item in shelf.ids(bit)),
    )


def _union(sets: Iterable[int]) -> int:
    found = 0
    for one in sets:
        found |= one
    return found


def _period(frequency: Frequency, moment: datetime, zone: ZoneInfo) -> tuple[int, int]:
    """Return the ISO week or the calendar month of a moment, in the schedule's zone."""
    local = moment.astimezone(zone)
    if frequency is Frequency.WEEKLY:
        return local.isocalendar()[:2]
    return local.year, local.month
