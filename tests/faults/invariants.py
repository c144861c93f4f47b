"""What must hold after every fault, in one place."""

import re
import time
from collections import Counter, defaultdict
from collections.abc import Collection
from typing import NamedTuple

from pinlabs_mailer.db.words import DeliveryStatus as Status
from tests.faults import people
from tests.faults.scene import Scene

_MESSAGE_ID = re.compile(rb"^Message-ID:\s*<([^>]+)>", re.MULTILINE | re.IGNORECASE)
_ENDED_WITHOUT = (Status.FAILED, Status.SKIPPED, Status.EXPIRED)
_PARTS = ("waiting", "accepted", "failed", "skipped", "expired", "in_doubt", "held")


class Verdict(NamedTuple):
    """A line of the table."""

    fault: str
    database: str
    runs: int
    lost: int
    second_copies: int
    allowed: str
    seconds: float


def verify(scene: Scene, fault: str, allowed: str = "none", may: Collection[str] = ()) -> Verdict:
    """Hold the ledger against what the server has; `may` says who may have a second copy."""
    messages = list(scene.relay.messages)
    copies = Counter(message.recipient for message in messages)
    rows = {row.email: row for row in scene.rows()}
    everybody = {people.email(number) for number in range(1, scene.readers + 1)}
    assert set(rows) == everybody
    by = defaultdict(set)
    for row in rows.values():
        by[row.status].add(row.email)

    unsettled = by[Status.PLANNED] | by[Status.SENDING] | by[Status.IN_DOUBT]
    lost = unsettled | {one for one in by[Status.ACCEPTED] if not copies[one]}
    assert lost == set(), _some(lost)

    accounted = [row for row in rows.values() if row.status is not Status.ACCEPTED]
    assert [row for row in accounted if not row.reason] == []

    twice = {one for one, number in copies.items() if number > 1}
    assert twice <= set(may), _some(twice - set(may))
    assert max(copies.values(), default=0) <= 2

    taken = {message.recipient for message in messages if message.answered}
    assert by[Status.ACCEPTED] <= set(copies)
    silently = set(copies) - by[Status.ACCEPTED] - by[Status.HELD]
    assert silently <= set(may), _some(silently - set(may))
    assert taken - by[Status.ACCEPTED] - by[Status.HELD] == set()
    for status in _ENDED_WITHOUT:
        assert by[status] & taken == set(), status

    identities: dict[str, set[bytes]] = defaultdict(set)
    for message in messages:
        found = _MESSAGE_ID.search(message.data)
        assert found, message.data[:500]
        identities[message.recipient].add(found[1])
    assert all(len(ids) == 1 for ids in identities.values())
    assert len(set().union(*identities.values())) == len(identities)

    numbers = scene.counts()
    assert numbers["total"] == scene.readers == sum(int(str(numbers[part])) for part in _PARTS)
    assert scene.relay.violations == []
    return Verdict(
        fault,
        scene.engine.dialect.name,
        scene.runs,
        len(lost),
        len(twice),
        allowed,
        time.monotonic() - scene.began,
    )


def _some(people_: Collection[str]) -> str:
    return f"{len(people_)}: {sorted(people_)[:5]}"
