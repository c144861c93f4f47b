"""What an issue could have, laid out once so that many readers can be served from it. Pure.

A set of items is one whole number: bit n stands for the n-th item of the shelf. So the rules for a
reader are a few operations on numbers, whatever the number of items, and a hundred thousand
searches over two thousand jobs take seconds. Posts and jobs stand newest first, events soonest
first; the lowest bit of a set is the one to show first.

How a value of a search meets an item, all without case and accents and in whole words:

- a department is in the name of the job's department or team;
- a location is in one of the item's, so `Berlin` meets "Berlin, Germany"; or what stands before its
  comma is one of them, so `Berlin, Germany` meets "Berlin". `remote` also meets what is remote;
- a word is in the title, the summary, the department or the team;
- an employment is the job's own.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from typing import NamedTuple

from pinlabs_mailer.community.search import Search, words_of
from pinlabs_mailer.content.items import Event, Item, Job
from pinlabs_mailer.db.words import ItemKind, Workplace

KINDS = (ItemKind.POST, ItemKind.EVENT, ItemKind.JOB)
"""In the order of their sections."""
_REMOTE = ["remote"]
_KNOWN = 50_000
"""Values of searches whose meaning is kept, of each sort."""
_LAST = datetime.max.replace(tzinfo=UTC)


class Wanted(NamedTuple):
    """What a search means on this shelf."""

    let_through: int
    """All that is no job, and the jobs that meet it."""
    near: tuple[int, ...]
    """For each of its locations and words the items that meet it; for a word in the title again."""


class Shelf:
    """The candidates of an issue. `items` come newest first.

    `issued` says when the first issue that had an item was opened.
    """

    def __init__(self, items: Iterable[Item], issued: Mapping[int, datetime]) -> None:
        self.items: Sequence[Item] = sorted(items, key=place)
        self.everything = (1 << len(self.items)) - 1
        self._bits = {item.id: 1 << bit for bit, item in enumerate(self.items)}
        self._topics: dict[int, int] = {}
        self._kinds = dict.fromkeys(KINDS, 0)
        for item in self.items:
            bit = self._bits[item.id]
            self._topics[item.topic_id] = self._topics.get(item.topic_id, 0) | bit
            self._kinds[item.kind] |= bit
        pinned = [(item.pinned, bit) for bit, item in enumerate(self.items) if item.pinned]
        self.pinned: Sequence[int] = [1 << bit for _, bit in sorted(pinned)]
        """One by one, in the editor's order."""
        known = lru_cache(_KNOWN)  # many people look for the same
        self._located = known(self._find_located)
        self._said = known(lambda word: self._text.containing(words_of(word)))
        self._headed = known(lambda word: self._titles.containing(words_of(word)))
        self._employed_by = known(lambda name: self._departments.containing(words_of(name)))
        self._moments = sorted(set(issued.values()))
        self._issued_before = self._count_issued(issued)

    def of(self, item_ids: Iterable[int]) -> int:
        """Return a set of items; what is not on the shelf is left out."""
        found = 0
        for item_id in item_ids:
            found |= self._bits.get(item_id, 0)
        return found

    def ids(self, some: int) -> Iterator[int]:
        """Yield the ids of a set, what is shown first first."""
        while some:
            lowest = some & -some
            yield self.items[lowest.bit_length() - 1].id
            some ^= lowest

    def kind(self, kind: ItemKind) -> int:
        """Return all items of a kind."""
        return self._kinds[kind]

    def topic(self, topic_id: int) -> int:
        """Return all items of a topic."""
        return self._topics.get(topic_id, 0)

    def age(self, moment: datetime) -> int:
        """Return a number that is the same for moments between which no issue was opened."""
        return bisect_left(self._moments, moment)

    def issued_before(self, moment: datetime) -> int:
        """Return the items that were in an issue before this moment."""
        return self._issued_before[self.age(moment)]

    def wanted(self, search: Search) -> Wanted:
        """Return what a search means here."""
        jobs = self._kinds[ItemKind.JOB]
        places = [self._located(one) for one in search.locations]
        said = [self._said(one) for one in search.words]
        headed = [self._headed(one) for one in search.words]
        if search.departments:
            jobs &= _any(self._employed_by(one) for one in search.departments)
        if search.locations:
            jobs &= _any(places)
        if search.employments:
            jobs &= _any(self._employments.get(one, 0) for one in search.employments)
        if search.words:
            jobs &= _any(said)
        let_through = self.everything & ~self._kinds[ItemKind.JOB] | jobs
        return Wanted(let_through, tuple(near for near in (*places, *said, *headed) if near))

    def _find_located(self, location: str) -> int:
        words = words_of(location)
        found = self._places.containing(words)
        if "," in location:
            found |= self._places.being(words_of(location.partition(",")[0]))
        return found | self._remote if words == _REMOTE else found

    def _count_issued(self, issued: Mapping[int, datetime]) -> list[int]:
        before = [0] * (len(self._moments) + 1)
        for item_id, moment in issued.items():
            before[self.age(moment) + 1] |= self._bits.get(item_id, 0)
        for number in range(1, len(before)):
            before[number] |= before[number - 1]
        return before

    @cached_property
    def _titles(self) -> "_Words":
        return _Words([[item.title] for item in self.items])

    @cached_property
    def _text(self) -> "_Words":
        return _Words([[item.title, item.summary, *_departments(item)] for item in self.items])

    @cached_property
    def _departments(self) -> "_Words":
        return _Words([_departments(item) for item in self.items])

    @cached_property
    def _places(self) -> "_Words":
        return _Words([_locations(item) for item in self.items])

    @cached_property
    def _remote(self) -> int:
        return self.of(item.id for item in self.items if _is_remote(item))

    @cached_property
    def _employments(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for item in self.items:
            if isinstance(item.details, Job):
                kind = item.details.employment
                found[kind] = found.get(kind, 0) | self._bits[item.id]
        return found


class _Words:
    """Which items have which words in some texts of theirs; a phrase never spans two texts."""

    def __init__(self, texts: Sequence[Sequence[str]]) -> None:
        self._lines: list[str] = []
        self._having: dict[str, int] = {}
        self._whole: dict[str, int] = {}
        for bit, some in enumerate(texts):
            lines = [" ".join(words_of(one)) for one in some]
            self._lines.append(f" {' | '.join(lines)} ")
            for line in filter(None, lines):
                self._whole[line] = self._whole.get(line, 0) | 1 << bit
            for word in {word for line in lines for word in line.split()}:
                self._having[word] = self._having.get(word, 0) | 1 << bit

    def containing(self, words: Sequence[str]) -> int:
        """Return the items that have these words one after the other."""
        found = self._having.get(words[0], 0) if words else 0
        for word in words[1:]:
            found &= self._having.get(word, 0)
        if len(words) < 2:
            return found
        phrase = f" {' '.join(words)} "
        return _any(1 << bit for bit in _bits(found) if phrase in self._lines[bit])

    def being(self, words: Sequence[str]) -> int:
        """Return the items one of whose texts has these words and no others."""
        return self._whole.get(" ".join(words), 0)


def _bits(some: int) -> Iterator[int]:
    while some:
        lowest = some & -some
        yield lowest.bit_length() - 1
        some ^= lowest


def _any(sets: Iterable[int]) -> int:
    found = 0
    for one in sets:
        found |= one
    return found


def place(item: Item) -> tuple[int, datetime]:
    """Return where an item stands; those of one place stay in the order in which they came."""
    soon = item.details.starts_at if isinstance(item.details, Event) else _LAST
    return KINDS.index(item.kind), soon


def _departments(item: Item) -> list[str]:
    return [item.details.department, item.details.team] if isinstance(item.details, Job) else []


def _locations(item: Item) -> list[str]:
    if isinstance(item.details, Job):
        return list(item.details.locations)
    return [item.details.place] if isinstance(item.details, Event) else []


def _is_remote(item: Item) -> bool:
    if isinstance(item.details, Job):
        return item.details.workplace is Workplace.REMOTE
    return isinstance(item.details, Event) and bool(item.details.online_url)
