"""The job of retention: remind, expire, purge, erase and fold whatever is due.

It finds who may be concerned, and then goes on in chunks. Each is one short transaction that asks
again and leaves everything consistent, so that the job may be killed and repeated at any moment,
and run beside a send or beside itself. It holds ids in memory, eight bytes each, and no more.
"""

import threading
import time
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection

from pinlabs_mailer import topics
from pinlabs_mailer.app.installation import App
from pinlabs_mailer.community import ageing, purging, subscribers, tallies
from pinlabs_mailer.community.consent import Circumstances
from pinlabs_mailer.community.retention import Rules
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.db.words import Actor
from pinlabs_mailer.errors import ConfigurationError, Stopped
from pinlabs_mailer.outbox import folding

EVERY = timedelta(days=1)
_LOOKED_AT = 1_000
_CHANGED = 50
"""People who are changed in one transaction; erasing takes the longest, some 1 ms each."""
_FOLDED = 1_000


@dataclass
class Report:
    """What was done, or would be."""

    reminded: int = 0
    """Reminders queued."""
    expired: int = 0
    """Consents, each of a person to a topic."""
    purged: int = 0
    """Requests that nobody confirmed, by people."""
    erased: int = 0
    """People of whom no proof has to be kept any more."""
    folded: int = 0
    """Deliveries of issues, now a number."""
    removed: int = 0
    """Single mails, such as confirmations."""
    wishes: int = 0
    """Links that people had asked for, long over."""
    returns: int = 0
    """Reports of bounces and complaints."""

    def numbers(self) -> dict[str, int]:
        """Return everything by its name."""
        return dict(vars(self))

    def __str__(self) -> str:
        return ", ".join(f"{number} {what}" for what, number in vars(self).items())


def rules(app: App) -> Rules:
    """Return the terms of this installation, or raise ConfigurationError: no such topic."""
    settings = app.settings
    given = settings.consent_terms or {}
    with reading(app.engine) as connection:
        known = {topic.slug: topic.id for topic in topics.every(connection)}
    if missing := sorted(given.keys() - known.keys()):
        raise ConfigurationError(
            f"PINLABS_CONSENT_TERMS names a topic that there is not: {missing[0]}.",
            f"The topics are: {', '.join(known)}.",
        )
    return Rules(
        settings.consent_term,
        {known[slug]: term for slug, term in given.items()},
        settings.renewal_reminders,
        settings.pending_term,
        settings.proof_term,
        settings.ledger_term,
        settings.returns_term,
    )


def run_if_due(app: App, stop: threading.Event | None = None) -> Report | None:
    """Run the job unless it was through within a day; a clock that was set back is no reason."""
    with reading(app.engine) as connection:
        last = tallies.last_run(connection)
    if last is not None and abs(app.clock() - last) < EVERY:
        return None
    return run(app, stop=stop)


def run(
    app: App,
    *,
    dry: bool = False,
    stop: threading.Event | None = None,
    on_progress: Callable[[Report], None] | None = None,
) -> Report:
    """Do all that is due now, or only count it. Raises Stopped when `stop` is set meanwhile."""
    job = _Job(app, app.clock(), rules(app), dry, Report())
    for _ in job.steps():
        if on_progress is not None:
            on_progress(job.report)
        if stop is not None and stop.is_set():
            raise Stopped("The job of retention was asked to stop.", "Run it again: it goes on.")
    if not dry:
        with writing(app.engine) as connection:
            tallies.mark_run(connection, job.now)
    return job.report


class _Matter(NamedTuple):
    """One thing that is due to people: how they are found, looked at and treated."""

    find: Callable[[Connection, Rules, datetime], Iterator[int]]
    look: Callable[[Connection, Sequence[int], Rules, datetime], Any]
    act: Callable[[Connection, Any, Circumstances], None]
    people: Callable[[Any], Iterable[int]]
    numbers: Callable[[Any], dict[str, int]]


_MATTERS = (
    _Matter(
        ageing.people,
        ageing.look,
        ageing.act,
        lambda plan: plan,
        lambda plan: {
            "reminded": sum(len(one.notices) for one in plan.values()),
            "expired": sum(len(one.expired) for one in plan.values()),
        },
    ),
    _Matter(
        purging.unconfirmed,
        purging.look_unconfirmed,
        purging.purge_requests,
        lambda plan: {*plan.gone, *(who for who, _ in plan.expired)},
        lambda plan: {"purged": len(plan.gone) + len({who for who, _ in plan.expired})},
    ),
    _Matter(
        purging.ended,
        purging.look_ended,
        purging.erase_ended,
        lambda plan: plan,
        lambda plan: {"erased": len(plan)},
    ),
)


_Find = Callable[[Connection, Rules, datetime, int | None], list[int]]
_Remove = Callable[[Connection, Sequence[int]], None]


@dataclass
class _Job:
    app: App
    now: datetime
    rules: Rules
    dry: bool
    report: Report

    def steps(self) -> Iterator[None]:
        """Do one chunk after the other."""
        for matter in _MATTERS:
            yield from self._people(matter)
        yield from self._old("wishes", purging.old_wishes, purging.remove_wishes)
        yield from self._old("returns", purging.old_reports, purging.remove_reports)
        yield from self._issues()
        yield from self._single_mails()

    def _people(self, matter: _Matter) -> Iterator[None]:
        with reading(self.app.engine) as connection:
            found = array("q", matter.find(connection, self.rules, self.now))
        for ids in _chunks(_each_once(found), _LOOKED_AT):
            with reading(self.app.engine) as connection:
                plan = matter.look(connection, ids, self.rules, self.now)
            if self.dry:
                self._add(matter.numbers(plan))
            else:
                for some in _chunks(sorted(matter.people(plan)), _CHANGED):
                    self._treat(matter, some)
                    yield
            yield

    def _treat(self, matter: _Matter, ids: Sequence[int]) -> None:
        began = time.monotonic()
        how = Circumstances(self.now, "rule of retention", Actor.SYSTEM, self.app.notary)
        with writing(self.app.engine) as connection:
            free = subscribers.hold_free(connection, ids)
            plan = matter.look(connection, free, self.rules, self.now)
            matter.act(connection, plan, how)
            tallies.count(connection, matter.numbers(plan), self.now)
        self._add(matter.numbers(plan))
        _give_way(began)

    def _old(self, what: str, find: _Find, remove: _Remove) -> Iterator[None]:
        while True:
            began = time.monotonic()
            most = None if self.dry else _LOOKED_AT
            with reading(self.app.engine) as connection:
                found = find(connection, self.rules, self.now, most)
            if found and not self.dry:
                with writing(self.app.engine) as connection:
                    remove(connection, found)
                    tallies.count(connection, {what: len(found)}, self.now)
                _give_way(began)
            self._add({what: len(found)})
            yield
            if self.dry or len(found) < _LOOKED_AT:
                return

    def _issues(self) -> Iterator[None]:
        until = self.rules.ledger.over_if_before(self.now)
        oldest = self.now - self.app.settings.max_age
        with reading(self.app.engine) as connection:
            found = folding.issues(connection, until, oldest)
        for issue_id in found:
            with reading(self.app.engine) as connection:
                number = folding.foldable(connection, issue_id, until)
            if self.dry:
                self._add({"folded": number})
                yield
                continue
            while number:
                began = time.monotonic()
                with writing(self.app.engine) as connection:
                    number = folding.fold(connection, issue_id, until, _FOLDED)
                    tallies.count(connection, {"folded": number}, self.now)
                self._add({"folded": number})
                _give_way(began)
                yield

    def _single_mails(self) -> Iterator[None]:
        until = self.rules.ledger.over_if_before(self.now)
        last: int | None = 0
        while last is not None:
            began = time.monotonic()
            with reading(self.app.engine) as connection:
                done, last = folding.single(connection, last, until, _FOLDED)
            if done and not self.dry:
                with writing(self.app.engine) as connection:
                    folding.remove_single(connection, done)
                    tallies.count(connection, {"removed": len(done)}, self.now)
                _give_way(began)
            self._add({"removed": len(done)})
            yield

    def _add(self, numbers: dict[str, int]) -> None:
        for what, number in numbers.items():
            setattr(self.report, what, getattr(self.report, what) + number)


def _give_way(began: float) -> None:
    """SQLite's waiting writers look again now and then: leave them as much time as was taken."""
    time.sleep(time.monotonic() - began)


def _each_once(found: "array[int]") -> Iterator[int]:
    last = None
    for one in sorted(found):
        if one != last:
            yield one
        last = one


def _chunks(ids: Iterable[int], most: int) -> Iterator[list[int]]:
    some: list[int] = []
    for one in ids:
        some.append(one)
        if len(some) == most:
            yield some
            some = []
    if some:
        yield some
