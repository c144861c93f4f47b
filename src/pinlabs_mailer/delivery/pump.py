"""The pump: moves what is due from the outbox to the relay and writes down what came of it.

SQL is synchronous and runs in one thread; the network is asynchronous. They meet in `_turn`, one
transaction that records what came back, starts the next few and claims more. A result waits at
most as long as one turn before it is durable.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TypeVar

from sqlalchemy import Engine

from pinlabs_mailer.db.engine import writing
from pinlabs_mailer.db.words import DeliveryKind
from pinlabs_mailer.delivery import ledger
from pinlabs_mailer.delivery.ledger import Outgoing, Result
from pinlabs_mailer.delivery.letters import Letters
from pinlabs_mailer.delivery.retry import Backoff
from pinlabs_mailer.delivery.smtp import Account, ConnectionLost, Reply, Session
from pinlabs_mailer.errors import BadInput, MailerError, RelayAway, RunStopped
from pinlabs_mailer.outbox.replies import Action
from pinlabs_mailer.outbox.states import Move

T = TypeVar("T")
_CLAIM = 500
_TURN_SECONDS = 0.02
_FAR_AHEAD = 4
"""How many deliveries may be started for each connection: bytes leave soon after the guard."""
_LOSSES_IN_A_ROW = 5


@dataclass
class Tally:
    """What a run of the pump came to."""

    accepted: int = 0
    failed: int = 0
    deferred: int = 0
    expired: int = 0
    in_doubt: int = 0

    def __str__(self) -> str:
        named = {name: number for name, number in vars(self).items() if number}
        if not named:
            return "nothing was due"
        return ", ".join(f"{number} {name.replace('_', ' ')}" for name, number in named.items())

    def any(self) -> bool:
        """Say whether anything was delivered or tried."""
        return any(vars(self).values())

    def count(self, move: Move) -> None:
        """Count what became of one try."""
        match move:
            case Move.ACCEPT:
                self.accepted += 1
            case Move.REFUSE:
                self.failed += 1
            case Move.DEFER:
                self.deferred += 1
            case Move.GIVE_UP:
                self.expired += 1
            case Move.LOSE:
                self.in_doubt += 1


@dataclass(frozen=True)
class Pump:
    """Everything that delivering needs, put together once."""

    engine: Engine
    letters: Letters
    account: Account
    connections: int
    backoff: Backoff
    clock: Callable[[], datetime]
    owner: str

    def run(self, on_progress: Callable[[Tally], None] | None = None) -> Tally:
        """Deliver all that is due now; return when nothing is.

        Raises RelayAway when the relay does not answer, and RunStopped when it refuses for a
        reason that is no recipient's. In both cases nothing is consumed: what was not sent waits.
        """
        return asyncio.run(_Run(self, on_progress).go())


class _Run:
    """One run: the state that lives as long as it does."""

    def __init__(self, pump: Pump, on_progress: Callable[[Tally], None] | None) -> None:
        self._pump = pump
        self._on_progress = on_progress
        self._tally = Tally()
        self._leased: deque[int] = deque()  # touched by the database's thread only
        self._ready: asyncio.Queue[Outgoing] = asyncio.Queue()
        self._on_the_wire = 0
        self._results: list[Result] = []
        self._woken = asyncio.Event()
        self._losses = 0
        self._stopped: MailerError | None = None
        self._database = ThreadPoolExecutor(1, "database")

    async def go(self) -> Tally:
        if not await self._in_thread(self._anything_due):
            return self._tally
        first = await Session.open(self._pump.account)  # before anything is claimed
        workers = [asyncio.create_task(self._deliver(first))]
        workers += [
            asyncio.create_task(self._deliver(None)) for _ in range(self._pump.connections - 1)
        ]
        for worker in workers:
            worker.add_done_callback(lambda _: self._woken.set())
        try:
            await self._turns(workers)
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
            await self._in_thread(self._give_back)
            self._database.shutdown()
        if self._stopped is not None:
            raise self._stopped
        return self._tally

    async def _turns(self, workers: list[asyncio.Task[None]]) -> None:
        while True:
            results, self._results = self._results, []
            room = self._pump.connections * _FAR_AHEAD - self._on_the_wire + len(results)
            work = partial(self._turn, results, 0 if self._stopped else room)
            started, more = await self._in_thread(work)
            self._on_the_wire += len(started) - len(results)
            for outgoing in started:
                self._ready.put_nowait(outgoing)
            if self._on_progress is not None:
                self._on_progress(self._tally)
            if self._on_the_wire:
                await self._woken.wait()
                self._woken.clear()
                for worker in workers:
                    if worker.done():
                        worker.result()  # a worker only ends by an error that nobody foresaw
                await asyncio.sleep(_TURN_SECONDS)  # so that results gather
            elif not more or self._stopped:
                return

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._database, work)

    def _anything_due(self) -> bool:
        with writing(self._pump.engine) as connection:
            now = self._pump.clock()
            ledger.recover(connection, now)
            return ledger.anything_due(connection, now)

    def _turn(self, results: list[Result], room: int) -> tuple[list[Outgoing], bool]:
        """Record, claim, start; return what was started, and whether there may be more."""
        pump, now = self._pump, self._pump.clock()
        with writing(pump.engine) as connection:
            ledger.record(connection, results, now)
            if room > len(self._leased):
                self._leased += ledger.claim(connection, pump.owner, now, _CLAIM)
            some = [self._leased.popleft() for _ in range(min(room, len(self._leased)))]
            started = ledger.start(connection, pump.owner, some, now)
            pump.letters.load(connection, started)
        return started, bool(some)

    def _give_back(self) -> None:
        with writing(self._pump.engine) as connection:
            ledger.release(connection, self._pump.owner)

    async def _deliver(self, session: Session | None) -> None:
        """Work off what is ready, on one connection that is opened when it is first needed."""
        try:
            while True:
                outgoing = await self._ready.get()
                if self._stopped is None and session is None:
                    session = await self._open()
                if session is None:
                    self._put(Result(outgoing.id, Move.RELEASE, "", None, ""))
                elif await self._try(session, outgoing):
                    await session.close()
                    session = None
        finally:
            if session is not None:
                await session.close()

    async def _open(self) -> Session | None:
        try:
            return await Session.open(self._pump.account)
        except MailerError as error:
            self._stopped = self._stopped or error
            return None

    async def _try(self, session: Session, outgoing: Outgoing) -> bool:
        """Deliver one; say whether the connection is of no further use."""
        pump = self._pump
        try:
            envelope = pump.letters.message(outgoing, pump.clock())
        except BadInput as error:
            self._put(Result(outgoing.id, Move.REFUSE, "cannot be written", None, error.what))
            return False
        try:
            reply = await session.send(envelope)
        except ConnectionLost as lost:
            move = Move.LOSE if lost.in_doubt else Move.RELEASE
            self._put(Result(outgoing.id, move, "connection lost", None, str(lost)))
            self._lost(str(lost))
            return True
        action = reply.verdict.action
        if action is Action.REQUEUE:
            self._put(Result(outgoing.id, Move.RELEASE, reply.verdict.reason, reply.code, ""))
            self._lost(str(reply))
            return True
        self._losses = 0
        self._put(self._result(outgoing, reply))
        if action is Action.STOP:
            self._stopped = self._stopped or RunStopped(
                f"The relay refused: {reply} ({reply.verdict.reason}).",
                "That is no recipient's fault, so the run was stopped. What was not sent waits.",
            )
        return action is Action.STOP

    def _lost(self, why: str) -> None:
        self._losses += 1
        if self._losses >= _LOSSES_IN_A_ROW and self._stopped is None:
            self._stopped = RelayAway(
                f"The relay hung up {self._losses} times in a row: {why}",
                "Nothing is lost. Run the command again later.",
            )

    def _result(self, outgoing: Outgoing, reply: Reply) -> Result:
        verdict, text = reply.verdict, str(reply)[:500]
        match verdict.action:
            case Action.ACCEPT:
                return Result(outgoing.id, Move.ACCEPT, "", reply.code, text)
            case Action.RETRY:
                now = self._pump.clock()
                kind = DeliveryKind(outgoing.kind)
                again = self._pump.backoff.next_try(
                    kind, outgoing.created_at, outgoing.attempts, now
                )
                move = Move.DEFER if again else Move.GIVE_UP
                return Result(outgoing.id, move, verdict.reason, reply.code, text, again)
            case Action.STOP:
                return Result(outgoing.id, Move.RELEASE, verdict.reason, reply.code, text)
        suppress = verdict.action is Action.SUPPRESS
        return Result(outgoing.id, Move.REFUSE, verdict.reason, reply.code, text, suppress=suppress)

    def _put(self, result: Result) -> None:
        self._results.append(result)
        self._tally.count(result.move)
        self._woken.set()
