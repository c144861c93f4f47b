"""A draft: who would get what, worked out and held in memory. Reads, and changes nothing.

People with the same topics, past and standing get the same pick, so the picker runs once for
each kind of reader, not once for each reader.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from pinlabs_mailer import languages
from pinlabs_mailer.content.items import Item
from pinlabs_mailer.digest import readers
from pinlabs_mailer.digest.picker import Candidate, Subscription, pick
from pinlabs_mailer.digest.readers import Reader

_A_MONTH = timedelta(days=31)


@dataclass(frozen=True)
class Terms:
    """What bounds an issue."""

    as_of: datetime
    opened_at: datetime
    zone: ZoneInfo
    max_posts: int


class Content(NamedTuple):
    """What makes an edition: the same items, in the same order, in the same language."""

    items: tuple[int, ...]
    locale: str = languages.SOURCE


@dataclass
class Draft:
    """The editions of an issue to be, and who gets which."""

    terms: Terms
    posts: dict[int, Item]
    """Every candidate, by id, the newest first."""
    editions: list[Content] = field(default_factory=list)
    subscribers: "array[int]" = field(default_factory=lambda: array("q"))
    edition_of: "array[int]" = field(default_factory=lambda: array("i"))
    """Beside `subscribers`: an index into `editions`."""

    def posts_of(self, edition: Content) -> list[Item]:
        """Return the posts of an edition in their order."""
        return [self.posts[item_id] for item_id in edition.items]

    def topics_of(self, edition: Content) -> set[int]:
        """Return the topics that an edition's readers must have consented to."""
        return {self.posts[item_id].topic_id for item_id in edition.items}

    def places(self) -> Iterator[tuple[int, int]]:
        """Yield (subscriber id, index of the edition)."""
        return zip(self.subscribers, self.edition_of, strict=True)


def draft(
    connection: Connection, terms: Terms, posts: list[Item], issue_id: int | None = None
) -> Draft:
    """Pick for everybody who may read this issue."""
    made = Draft(terms, {post.id: post for post in posts})
    picks = _Picks(connection, terms, posts, issue_id)
    index: dict[Content, int] = {}
    for reader in picks.readers():
        items = picks.pick(reader)
        if not items:
            continue
        edition = Content(items, languages.named(reader.locale).code)
        if edition not in index:
            index[edition] = len(made.editions)
            made.editions.append(edition)
        made.subscribers.append(reader.subscriber_id)
        made.edition_of.append(index[edition])
    return made


def pick_for(
    connection: Connection, terms: Terms, posts: list[Item], subscriptions: tuple[Subscription, ...]
) -> tuple[int, ...]:
    """Return what somebody with these subscriptions and no past would get."""
    return _Picks(connection, terms, posts, None).pick(
        Reader(0, languages.SOURCE, subscriptions, ())
    )


class _Picks:
    """Runs the picker, once for each kind of reader."""

    def __init__(
        self, connection: Connection, terms: Terms, posts: list[Item], issue_id: int | None
    ) -> None:
        self._connection, self._terms, self._issue_id = connection, terms, issue_id
        ids = [post.id for post in posts]
        issued = readers.first_issued(connection, ids, issue_id)
        self._candidates = [Candidate(p.id, p.topic_id, issued.get(p.id)) for p in posts]
        self._issued_at = sorted(set(issued.values()))
        self._editions = readers.past_editions(connection, ids, terms.as_of - _A_MONTH)
        self._known: dict[object, tuple[int, ...]] = {}

    def readers(self) -> Iterator[Reader]:
        return readers.readers(
            self._connection, self._terms.opened_at, self._editions, self._issue_id
        )

    def pick(self, reader: Reader) -> tuple[int, ...]:
        kind = (
            reader.past,
            tuple(
                (one.topic_id, one.frequency, bisect_left(self._issued_at, one.confirmed_at))
                for one in reader.subscriptions
            ),
        )
        if kind not in self._known:
            self._known[kind] = pick(
                reader.subscriptions,
                [self._editions[edition_id] for edition_id in reader.past],
                self._candidates,
                as_of=self._terms.as_of,
                zone=self._terms.zone,
                limit=self._terms.max_posts,
            )
        return self._known[kind]
