"""When consent ends, and who is told before: the rules of retention. Pure.

A term begins with the last active contact (`standing.touched`). Topics of one person that end on
the same day are one matter.

- Reminders go out so many days before the end. Of those that are due only the last is sent, and
  none while another one still waits: a relay that comes back gets one, not all of them.
- Consent expires when its term is over, and no sooner than the last reminder has said.
- It never expires while a reminder waits, nor before one has been accepted or given up. After the
  relay took the first one there is nearly as much time as between the last reminder and the end.
- Nobody is asked about topics that are retired, because nothing would come of a yes. Consent to
  them expires with its term, by itself or with the other topics of that day.
- A reminder counts for the topics that it names. One that was dropped because a topic was retired
  counts for none: whatever of it is told, or is told again, is asked about anew.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from pinlabs_mailer.db.words import DeliveryStatus as Status
from pinlabs_mailer.settings import Term

A_DAY = timedelta(days=1)
"""How often the job runs; a mail that went out some hours after it has still come in time."""
OPEN = frozenset({Status.PLANNED, Status.SENDING, Status.IN_DOUBT})
_REACHED = frozenset({Status.ACCEPTED, Status.HELD})


@dataclass(frozen=True)
class Rules:
    """The terms of an installation, topics by their ids."""

    consent: Term
    of_topic: Mapping[int, Term]
    reminders: tuple[timedelta, ...]
    """How long before the end, the longest first."""
    pending: Term
    proof: Term
    ledger: Term
    returns: Term

    def term(self, topic_id: int) -> Term:
        """Return how long consent to a topic lasts after the last active contact."""
        return self.of_topic.get(topic_id, self.consent)


class Held(NamedTuple):
    """A subscription that somebody has confirmed."""

    topic_id: int
    contact_at: datetime


class Reminder(NamedTuple):
    """A reminder that was made for somebody."""

    number: int
    term_ends: datetime
    ends_at: datetime
    status: Status
    done_at: datetime | None
    topics: Collection[int]
    """For which it counts: those it names, or none if it was dropped because one was retired."""


class Notice(NamedTuple):
    """A reminder to be made."""

    number: int
    contact_at: datetime
    term_ends: datetime
    ends_at: datetime
    """The end that it names: later than that of the term if it goes out late."""
    topics: tuple[int, ...]
    again: int = 0
    """How many of this number were made before, for other topics or in vain."""


class Due(NamedTuple):
    """What is due for one person."""

    notices: tuple[Notice, ...]
    expired: tuple[int, ...]
    """Topics."""


def due(
    held: Iterable[Held],
    made: Sequence[Reminder],
    rules: Rules,
    now: datetime,
    retired: Collection[int] = frozenset(),
) -> Due:
    """Return which reminders are due to somebody, and which of their consents have expired.

    Of the topics that are `retired` nothing is told any more.
    """
    together: dict[date, list[Held]] = {}
    for one in held:
        ends = rules.term(one.topic_id).after(one.contact_at)
        together.setdefault(ends.date(), []).append(one)
    notices: list[Notice] = []
    expired: list[int] = []
    for day, some in sorted(together.items()):
        ends = max(rules.term(one.topic_id).after(one.contact_at) for one in some)
        before = [one for one in made if one.term_ends.date() == day]
        if any(one.status in OPEN for one in before):
            continue
        number = sum(now >= ends - lead for lead in rules.reminders)
        topics = sorted(one.topic_id for one in some)
        of = {topic: [one for one in before if topic in one.topics] for topic in topics}
        unasked = tuple(
            topic
            for topic in topics
            if topic not in retired and number > max((one.number for one in of[topic]), default=0)
        )
        if unasked:
            named = max(ends, now + rules.reminders[-1])
            contact = max(one.contact_at for one in some)
            again = sum(one.number == number for one in before)
            notices.append(Notice(number, contact, ends, named, unasked, again))
        elif now >= max(_over(ends, one, rules) for one in of.values()):
            expired += topics
    return Due(tuple(notices), tuple(expired))


def _over(ends: datetime, made: Sequence[Reminder], rules: Rules) -> datetime:
    reached = [one for one in made if one.status in _REACHED and one.done_at is not None]
    if not reached:
        return ends
    first = min(one.done_at for one in reached if one.done_at is not None)
    said = max(one.ends_at for one in reached)
    return max(ends, said, first + rules.reminders[-1] - A_DAY)
