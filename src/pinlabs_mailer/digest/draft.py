"""A draft: who would get what, worked out and held in memory. Reads, and changes nothing.

People with the same topics, past, search and language get the same, so the picker runs once for
each kind of reader in a slice, not once for each reader.
"""

from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from pinlabs_mailer import languages
from pinlabs_mailer.content import next_issue
from pinlabs_mailer.content.items import Item
from pinlabs_mailer.content.next_issue import Words
from pinlabs_mailer.db.words import ItemKind
from pinlabs_mailer.digest import readers
from pinlabs_mailer.digest.history import History, first_issued
from pinlabs_mailer.digest.picker import Past, Pick, Rules, Subscription, pick
from pinlabs_mailer.digest.readers import Reader
from pinlabs_mailer.digest.shelf import Shelf


@dataclass(frozen=True)
class Terms:
    """What bounds an issue."""

    as_of: datetime
    opened_at: datetime
    zone: ZoneInfo
    room: Mapping[ItemKind, int]
    """How many items of a kind a digest has, at most."""
    least: int = 1
    """Whoever would get fewer items than this gets none, and they wait."""

    @property
    def rules(self) -> Rules:
        """The same for the picker, which asks for no more than this."""
        return Rules(self.as_of, self.zone, self.room, self.least)


class Content(NamedTuple):
    """What makes an edition: the same items, in the same order, in the same language."""

    items: tuple[int, ...]
    locale: str = languages.SOURCE
    more_jobs: int = 0
    """Open jobs that its readers would also get, had there been room."""


NO_WORDS = Words()


@dataclass
class Draft:
    """The editions of an issue to be, and who gets which."""

    terms: Terms
    posts: dict[int, Item]
    """Every candidate, by id, the newest first."""
    words: Words = NO_WORDS
    editions: list[Content] = field(default_factory=list)
    subscribers: "array[int]" = field(default_factory=lambda: array("q"))
    edition_of: "array[int]" = field(default_factory=lambda: array("i"))
    """Beside `subscribers`: an index into `editions`."""

    def posts_of(self, edition: Content) -> list[Item]:
        """Return the items of an edition in their order."""
        return [self.posts[item_id] for item_id in edition.items]

    def topics_of(self, edition: Content) -> set[int]:
        """Return the topics that an edition's readers must have consented to."""
        return {self.posts[item_id].topic_id for item_id in edition.items}

    def places(self) -> Iterator[tuple[int, int]]:
        """Yield (subscriber id, index of the edition)."""
        return zip(self.subscribers, self.edition_of, strict=True)

    def readers_of(self) -> list[int]:
        """Return how many people get each edition."""
        counted = [0] * len(self.editions)
        for which in self.edition_of:
            counted[which] += 1
        return counted


def draft(
    connection: Connection, terms: Terms, posts: list[Item], issue_id: int | None = None
) -> Draft:
    """Pick for everybody who may read this issue."""
    made = Draft(terms, {post.id: post for post in posts}, next_issue.read(connection))
    picks = Picks(connection, terms, posts, issue_id)
    index: dict[Content, int] = {}
    for after, upto in readers.slices(connection):
        for subscriber_id, content in picks.slice(after, upto):
            which = index.get(content)
            if which is None:
                which = index[content] = len(made.editions)
                made.editions.append(content)
            made.subscribers.append(subscriber_id)
            made.edition_of.append(which)
    return made


class Picks:
    """Runs the picker for the readers of one issue."""

    def __init__(
        self, connection: Connection, terms: Terms, posts: list[Item], issue_id: int | None = None
    ) -> None:
        self._connection, self._terms, self._rules = connection, terms, terms.rules
        issued = first_issued(connection, [post.id for post in posts], issue_id)
        self.shelf = Shelf(posts, issued)
        self._history = History(connection, self.shelf, self._rules, issue_id)

    def slice(self, after: int, upto: int) -> Iterator[tuple[int, Content]]:
        """Yield those of a slice who get something, and what."""
        pasts = self._history.pasts(after, upto)
        known: dict[object, Content] = {}
        nothing = Past()
        for who in readers.readers(self._connection, self._terms.opened_at, after, upto):
            past = pasts.get(who.subscriber_id, nothing)
            kind = (
                id(past),  # it lives as long as `pasts`, and people with the same past share it
                tuple((s.topic_id, s.frequency, self.shelf.age(s.confirmed_at)) for s in who[2]),
                who.search,
                who.locale,
            )
            content = known.get(kind)
            if content is None:
                found = self._pick(who, past)
                locale = languages.named(who.locale).code
                content = known[kind] = Content(found.items, locale, found.more_jobs)
            if content.items:
                yield who.subscriber_id, content

    def one(self, subscriber_id: int) -> tuple[Reader, Pick] | None:
        """Return what one person gets and why, None if they read no issue now."""
        just_them = subscriber_id - 1, subscriber_id
        past = self._history.pasts(*just_them).get(subscriber_id, Past())
        opened_at = self._terms.opened_at
        for who in readers.readers(self._connection, opened_at, *just_them):
            return who, self._pick(who, past)
        return None

    def newcomer(self, subscriptions: tuple[Subscription, ...]) -> Pick:
        """Return what somebody with these subscriptions and no past would get."""
        return self._pick(Reader(0, languages.SOURCE, subscriptions, None), Past())

    def _pick(self, who: Reader, past: Past) -> Pick:
        wanted = self.shelf.wanted(who.search) if who.search else None
        return pick(self.shelf, self._rules, who.subscriptions, past, wanted)
