"""The pump's side of the database: one transaction a turn, in a thread of its own.

A turn records what came back and starts the next few deliveries. It may be repeated: recording
twice records once, and what a lost answer of the database had started without our knowing is
given back at the end of the run.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, Engine

from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.delivery import ledger, recovery
from pinlabs_mailer.delivery.ledger import Outgoing, Result
from pinlabs_mailer.delivery.letters import Letters
from pinlabs_mailer.delivery.owner import Owner, this_process
from pinlabs_mailer.delivery.recovery import DoubtPolicy

log = logging.getLogger("pinlabs_mailer.delivery")

_HOUSEKEEPING = timedelta(seconds=10)


class Turn(NamedTuple):
    """What a turn brought."""

    started: list[Outgoing]
    more: bool
    """Whether there may be more that is due."""


class Turns:
    """The database as one run of the pump sees it. Everything here runs in one thread."""

    def __init__(
        self,
        engine: Engine,
        letters: Letters,
        doubt: DoubtPolicy,
        clock: Callable[[], datetime],
        issues: bool,
    ) -> None:
        self._issues = issues
        self._engine, self._letters, self._doubt, self._clock = engine, letters, doubt, clock
        self._here: Owner = this_process()
        self._owner = str(self._here)
        self._kept_house = datetime.min.replace(tzinfo=clock().tzinfo)

    def due(self) -> int:
        """Take up what was left behind, and return how many deliveries are due."""
        with writing(self._engine) as connection:
            now = self._clock()
            recovery.begin(connection, self._owner, self._doubt, now)
            self._keep_house(connection, now)
        with reading(self._engine) as connection:
            return ledger.due(connection, self._clock(), issues=self._issues)

    def take(self, results: Sequence[Result], room: int) -> Turn:
        """Record results and start up to `room` deliveries."""
        now = self._clock()
        turn = Turn([], True)
        with writing(self._engine) as connection:
            told = ledger.record(connection, results, now)
            if abs(now - self._kept_house) > _HOUSEKEEPING:
                self._keep_house(connection, now)
            if room > 0:
                turn = Turn(*ledger.start(connection, self._owner, now, room, issues=self._issues))
                self._letters.load(connection, turn.started)
                self._letters.forget()
        for one in told:
            log.warning("%s", one)
        return turn

    def close(self) -> None:
        """Leave nothing behind when all is recorded, and mark the issues that are done."""
        with writing(self._engine) as connection:
            recovery.give_back(connection, self._owner)
            recovery.drop_cancelled(connection, self._clock())
            recovery.close_finished(connection)

    def _keep_house(self, connection: Connection, now: datetime) -> None:
        recovery.recover(connection, self._here, self._doubt, now)
        recovery.settle(connection, self._doubt, now)
        recovery.drop_cancelled(connection, now)
        recovery.keep_alive(connection, self._owner, now)
        self._kept_house = now
