"""A year in which much happens: what a community, its sources and its relay do between issues.

Everything is done straight on the tables, the way the parts that are not under test leave them,
and by dice that fall the same every time.
"""

import random
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, insert, select, update

from pinlabs_mailer.community import searches
from pinlabs_mailer.community.search import Search
from pinlabs_mailer.content.items import Event, Job, details_json
from pinlabs_mailer.db.tables import item, subscriber, subscription
from pinlabs_mailer.db.words import ItemKind, Workplace
from pinlabs_mailer.outbox import rows

TOPICS = (1, 2, 3)
CITIES = ("Berlin", "Paris", "Rome")
DEPARTMENTS = ("Engineering", "Sales")
FREQUENCIES = ("every", "every", "weekly", "monthly")
DAY = timedelta(days=1)


class Wish(NamedTuple):
    """What somebody looks for, in the simplest form: a city and a department, or any."""

    city: str
    department: str

    def meets(self, city: str, department: str) -> bool:
        """Say whether a job is what they look for."""
        return self.city in ("", city) and self.department in ("", department)


class Kept(NamedTuple):
    """What there is to know of an item for judging a digest."""

    topic_id: int
    kind: ItemKind
    city: str
    department: str


class World:
    """People and items, and what becomes of them."""

    def __init__(self, seed: int, people: int) -> None:
        self.dice = random.Random(seed)
        self.people = people
        self.items: dict[int, Kept] = {}
        self.wishes: dict[int, Wish] = {}
        self._joined = 0
        self._late: list[dict[str, Any]] = []

    def begin(self, connection: Connection, now: datetime) -> None:
        """Let half of the people be there from the start."""
        self._join(connection, self.people // 2, now)

    def week(self, connection: Connection, number: int, now: datetime) -> None:
        """Let a week go by."""
        self._join(connection, self.people // 100, now)
        self._people_change(connection, now)
        self._items_come(connection, number, now)
        self._items_change(connection, now)

    def leave(self, connection: Connection, some: Iterable[int], now: datetime) -> None:
        """Let people withdraw all or one of their topics, and drop what waits for them."""
        for who in some:
            one = subscription.c.subscriber_id == who
            if self.dice.random() < 0.5:
                one = one & (subscription.c.topic_id == self.dice.choice(TOPICS))
            connection.execute(update(subscription).where(one).values(status="withdrawn"))
            rows.drop(connection, who, now)

    def some(self, share: float) -> list[int]:
        """Return some of the people who have joined by now."""
        many = int(self._joined * share)
        return self.dice.sample(range(1, self._joined + 1), many)

    def _join(self, connection: Connection, many: int, now: datetime) -> None:
        first, last = self._joined + 1, min(self._joined + many, self.people)
        self._joined = last
        if first > last:
            return
        connection.execute(
            insert(subscriber),
            [
                {
                    "id": who,
                    "reference": f"r{who:011}",
                    "email": f"reader{who}@example.org",
                    "email_key": f"reader{who}@example.org",
                    "name": f"Reader {who}" if who % 3 else "",
                    "locale": "de" if who % 10 == 0 else "en",
                    "created_at": now,
                }
                for who in range(first, last + 1)
            ],
        )
        for who in range(first, last + 1):
            mine = self.dice.sample(TOPICS, self.dice.randint(1, 3))
            self._confirm(connection, who, mine, self.dice.choice(FREQUENCIES), now)
            if self.dice.random() < 0.1:
                self._look(connection, who, now)

    def _people_change(self, connection: Connection, now: datetime) -> None:
        self.leave(connection, self.some(0.005), now)
        for who in self.some(0.005):  # who left comes back, and who is in adds topics
            again = self.dice.sample(TOPICS, self.dice.randint(1, 3))
            connection.execute(
                delete(subscription).where(
                    subscription.c.subscriber_id == who,
                    subscription.c.topic_id.in_(again),
                    subscription.c.status != "confirmed",
                )
            )
            here = select(subscription.c.topic_id).where(subscription.c.subscriber_id == who)
            mine = set(again) - set(connection.execute(here).scalars())
            self._confirm(connection, who, sorted(mine), self.dice.choice(FREQUENCIES), now)
        for who in self.some(0.005):
            until = now + self.dice.randint(1, 60) * DAY
            person = update(subscriber).where(subscriber.c.id == who)
            connection.execute(person.values(paused_until=until))
            rows.drop(connection, who, now)
        for who in self.some(0.005):
            person = update(subscription).where(subscription.c.subscriber_id == who)
            connection.execute(person.values(frequency=self.dice.choice(FREQUENCIES)))
        for who in self.some(0.005):
            self._look(connection, who, now)

    def _confirm(
        self, connection: Connection, who: int, topics: list[int], often: str, now: datetime
    ) -> None:
        if topics:
            mine = {"status": "confirmed", "frequency": often, "confirmed_at": now}
            person = [{"subscriber_id": who, "topic_id": topic, **mine} for topic in topics]
            connection.execute(insert(subscription), person)

    def _look(self, connection: Connection, who: int, now: datetime) -> None:
        wish = Wish(self.dice.choice(("", *CITIES)), self.dice.choice(("", *DEPARTMENTS)))
        self.wishes[who] = wish
        wanted = Search(
            (wish.department,) if wish.department else (), (wish.city,) if wish.city else ()
        )
        searches.save_search(connection, who, wanted, now)

    def _items_come(self, connection: Connection, number: int, now: datetime) -> None:
        """Let sources bring items; one that fails brings what it has once it is back."""
        found = (
            [] if number % 13 == 0 else [self._item(now) for _ in range(self.dice.randint(2, 9))]
        )
        if number % 7 in (3, 4):
            self._late += found
        else:
            for row in self._late + found:
                connection.execute(insert(item).values(row | {"first_seen_at": now}))
            self._late = []

    def _item(self, now: datetime) -> dict[str, Any]:
        kind = self.dice.choice([ItemKind.POST, ItemKind.EVENT, ItemKind.JOB, ItemKind.JOB])
        city, department = self.dice.choice(CITIES), self.dice.choice(DEPARTMENTS)
        starts = now + self.dice.randint(1, 40) * DAY
        details: Event | Job | None = None
        if kind is ItemKind.EVENT:
            details = Event(starts, "Europe/Berlin", place=city)
        elif kind is ItemKind.JOB:
            details = Job(department, "", (f"{city}, Somewhere",), Workplace.ONSITE)
        item_id = len(self.items) + 1
        topic = [*ItemKind].index(kind) + 1 if self.dice.random() < 0.9 else 1
        self.items[item_id] = Kept(topic, kind, city, department)
        return {
            "id": item_id,
            "topic_id": topic,
            "url_key": f"{item_id:064}",
            "url": f"https://pinlabs.example/{item_id}",
            "title": f"Item {item_id}",
            "published_at": now if kind is ItemKind.POST and item_id % 4 else None,
            "first_seen_at": now,
            "kind": kind,
            "details": details_json(details),
            "ends_at": starts if kind is ItemKind.EVENT else None,
            "pinned": 1 if self.dice.random() < 0.05 else None,
        }

    def _items_change(self, connection: Connection, now: datetime) -> None:
        """Let items be edited, seen again, closed, opened again, pinned and taken out."""
        known = list(connection.execute(select(item.c.id)).scalars())
        for _ in range(6):
            if not known:
                return
            one = self.dice.choice(known)
            changed = self.dice.choice(
                [
                    {"title": f"Item {one}, edited", "summary": "Now with a summary."},
                    {"published_at": now}
                    if self.items[one].kind is ItemKind.JOB
                    else {"url": "https://pinlabs.example/elsewhere"},
                    {"closed_at": now} if self.items[one].kind is ItemKind.JOB else {"pinned": 2},
                    {"closed_at": None, "pinned": None},
                    {"skipped_at": now} if self.dice.random() < 0.2 else {"skipped_at": None},
                ]
            )
            connection.execute(update(item).where(item.c.id == one).values(changed))
