"""The pump: moves what is due from the outbox to the relay and writes down what came of it.

SQL is synchronous and runs in one thread (`Turns`); the network is asynchronous (`Line`). They
meet here, turn by turn: results are handed over, deliveries are taken, connections are fed. A
result waits at most about one turn before it is durable.
"""

import asyncio
import gc
import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TypeVar

from sqlalchemy import Engine

from pinlabs_mailer.delivery.ledger import Result
from pinlabs_mailer.delivery.letters import Letters
from pinlabs_mailer.delivery.line import Line
from pinlabs_mailer.delivery.pacing import Pacing
from pinlabs_mailer.delivery.recovery import DoubtPolicy
from pinlabs_mailer.delivery.retry import Backoff
from pinlabs_mailer.delivery.smtp import Account
from pinlabs_mailer.delivery.tally import Tally
from pinlabs_mailer.delivery.turns import Turns
from pinlabs_mailer.delivery.verdicts import Judge
from pinlabs_mailer.errors import DatabaseAway

log = logging.getLogger("pinlabs_mailer.delivery")
T = TypeVar("T")
_TURN_SECONDS = 0.025
_LET_IN = 0.005
"""Between two turns, for whoever else waits to write to SQLite: they look every 1 to 4 ms."""
_DATABASE_PAUSE = 0.5
_DATABASE_PATIENCE = 600.0
"""Seconds for which results wait in memory for a database that went away."""


@dataclass(frozen=True)
class Pump:
    """Everything that delivering needs, put together once."""

    engine: Engine
    letters: Letters
    account: Account
    connections: int
    backoff: Backoff
    doubt: DoubtPolicy
    pacing: Pacing
    clock: Callable[[], datetime]

    def run(
        self,
        on_progress: Callable[[Tally], None] | None = None,
        asked_to_stop: threading.Event | None = None,
        *,
        issues: bool = True,
    ) -> Tally:
        """Deliver all that is due now; return when nothing is. Without `issues` only single mails.

        Raises RelayAway when the relay does not answer, RunStopped when it refuses for a reason
        that is no recipient's, and Stopped when it was asked to. In each case nothing is
        consumed: what is on the wire is answered and recorded, what was not sent waits.
        """
        run = _Run(self, on_progress, asked_to_stop or threading.Event(), issues)
        with _seldom_collected():
            return asyncio.run(run.go())


@contextmanager
def _seldom_collected() -> Iterator[None]:
    """Let Python look for cycles seldom: a run makes none, and many short-lived objects."""
    usual = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        gc.unfreeze()


class _Run:
    """One run: the state that lives as long as it does."""

    def __init__(
        self,
        pump: Pump,
        on_progress: Callable[[Tally], None] | None,
        asked_to_stop: threading.Event,
        issues: bool,
    ) -> None:
        self._pump = pump
        self._asked_to_stop = asked_to_stop
        self._on_progress = on_progress
        self._tally = Tally()
        self._turns = Turns(pump.engine, pump.letters, pump.doubt, pump.clock, issues)
        self._database = ThreadPoolExecutor(1, "database")

    async def go(self) -> Tally:
        try:
            self._tally.due = await self._in_thread(self._turns.due)
            if not self._tally.due:
                return self._tally
            line = self._line()
            await line.open()
            await self._work(line)
        finally:
            self._database.shutdown()
            self._tell()
        if line.trouble is not None:
            raise line.trouble
        return self._tally

    def _tell(self) -> None:
        """Say what was refused because of us: nobody is suppressed for it, so it would go on."""
        refused = self._tally.refused_us
        if refused:
            listed = ", ".join(f"{number} for {reason}" for reason, number in refused.items())
            log.warning("Refused because of us, not of the recipients: %s.", listed)

    def _line(self) -> Line:
        pump = self._pump
        staging = pump.letters.only_to is not None
        judge = Judge(pump.backoff, pump.doubt, pump.clock, staging)
        return Line(
            pump.account,
            pump.connections,
            pump.letters,
            judge,
            self._tally,
            pump.pacing,
            self._asked_to_stop,
        )

    async def _work(self, line: Line) -> None:
        unsaved: list[Result] = []
        try:
            while True:
                began = time.monotonic()
                unsaved += line.results()
                turn = await self._persistently(partial(self._turns.take, unsaved, line.room()))
                took = time.monotonic() - began
                unsaved = []
                line.feed(turn.started)
                if self._on_progress is not None:
                    self._on_progress(self._tally)
                if line.on_the_wire:
                    await line.something_happened()
                    await asyncio.sleep(max(_LET_IN, _TURN_SECONDS - took))  # results gather
                elif line.stopping:
                    return
                elif (pause := line.pause()) or turn.more:
                    await asyncio.sleep(pause or _TURN_SECONDS)
                else:
                    return
        finally:
            await line.close()
            unsaved += line.results()
            await self._persistently(partial(self._turns.take, unsaved, 0))
            await self._persistently(self._turns.close)

    async def _persistently(self, work: Callable[[], T]) -> T:
        """Run a step of the database; wait while it is away, for what we know must be saved."""
        deadline = asyncio.get_running_loop().time() + _DATABASE_PATIENCE
        while True:
            try:
                return await self._in_thread(work)
            except DatabaseAway:
                if asyncio.get_running_loop().time() > deadline:
                    raise
                await asyncio.sleep(_DATABASE_PAUSE)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._database, work)
