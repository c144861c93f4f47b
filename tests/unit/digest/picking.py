"""Runs the picker as tests want it: items in, ids out."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from tests.unit.digest.shelves import NOW, PROJECTS, post

from pinlabs_mailer.community.search import Search
from pinlabs_mailer.content.items import Item
from pinlabs_mailer.db.words import Frequency, ItemKind
from pinlabs_mailer.digest.picker import Past, Pick, Rules, Subscription, pick, together, turns
from pinlabs_mailer.digest.shelf import Shelf

UTC_ZONE, BERLIN = ZoneInfo("UTC"), ZoneInfo("Europe/Berlin")
LONG_AGO = NOW - timedelta(days=300)
A_MOMENT = timedelta(microseconds=1)


class Candidate(NamedTuple):
    """An item, and when the first issue that had it was opened."""

    item: Item
    issued: datetime | None


class Edition(NamedTuple):
    """What some people were sent in one issue."""

    items: tuple[int, ...]
    topics: tuple[int, ...]
    as_of: datetime


def reader(frequency: Frequency = Frequency.EVERY, since: datetime = LONG_AGO) -> Subscription:
    return Subscription(PROJECTS, since, frequency)


def member(*topics: int) -> list[Subscription]:
    return [Subscription(topic, LONG_AGO, Frequency.EVERY) for topic in topics]


def new(*item_ids: int, topic: int = PROJECTS, issued: datetime | None = None) -> list[Candidate]:
    return [Candidate(post(item_id, topic), issued) for item_id in item_ids]


def sent(*items: int, topics: tuple[int, ...] = (PROJECTS,), at: datetime = LONG_AGO) -> Edition:
    return Edition(items, topics, at)


def judged(
    subscriptions: Sequence[Subscription],
    candidates: Sequence[Candidate | Item],
    past: Sequence[Edition] = (),
    *,
    as_of: datetime = NOW,
    zone: ZoneInfo = UTC_ZONE,
    limit: int = 6,
    search: Search | None = None,
    least: int = 1,
) -> tuple[Shelf, Pick]:
    """Run the picker, and return the shelf too."""
    all_ = [one if isinstance(one, Candidate) else Candidate(one, None) for one in candidates]
    issued = {one.item.id: one.issued for one in all_ if one.issued is not None}
    shelf = Shelf([one.item for one in all_], issued)
    rules = Rules(as_of, zone, dict.fromkeys(ItemKind, limit), least)
    told = [Past(shelf.of(one.items), turns(one.topics, one.as_of, rules)) for one in past]
    wanted = shelf.wanted(search) if search else None
    return shelf, pick(shelf, rules, subscriptions, together(told), wanted)


def picked(
    subscriptions: Sequence[Subscription],
    candidates: Sequence[Candidate | Item],
    past: Sequence[Edition] | None = None,
    *,
    as_of: datetime = NOW,
    zone: ZoneInfo = UTC_ZONE,
    limit: int = 6,
    search: Search | None = None,
    least: int = 1,
) -> tuple[int, ...]:
    return judged(
        subscriptions, candidates, past or (),
        as_of=as_of, zone=zone, limit=limit, search=search, least=least,
    )[1].items  # fmt: skip
