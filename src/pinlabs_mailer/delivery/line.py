"""The line to the relay: the connections, what waits for them, and what came of it."""

import asyncio
import threading
from collections.abc import Sequence
from datetime import timedelta

from pinlabs_mailer.db.words import Bounce
from pinlabs_mailer.delivery.envelope import Envelope, Job, Lost
from pinlabs_mailer.delivery.ledger import Outgoing, Result
from pinlabs_mailer.delivery.letters import Letters
from pinlabs_mailer.delivery.pacing import Pacing
from pinlabs_mailer.delivery.pipeline import Pipeline
from pinlabs_mailer.delivery.queue import Queue
from pinlabs_mailer.delivery.smtp import Account, OneByOne, connect
from pinlabs_mailer.delivery.tally import Tally
from pinlabs_mailer.delivery.verdicts import Judge
from pinlabs_mailer.errors import BadInput, MailerError, RelayAway, RunStopped, Stopped
from pinlabs_mailer.outbox.replies import Action, Fault, Reply, Verdict
from pinlabs_mailer.outbox.states import Move

_FRESH = 0.1
"""Seconds from the guard to the wire; what waits longer is looked at again."""
_WATCH = 0.05
_LOSSES_PER_CONNECTION = 3
_POLICY_REFUSALS = 20
"""In a row: whoever refuses so many for their policy refuses us, not them."""
_PAUSE_AFTER_REFUSAL = 1.0
_WORTH_WAITING = 5.0
"""Seconds that a run waits for a rate; what has to wait longer is for a later run."""
_TURN_AT_LEAST = 5.0
"""Seconds: leases are renewed in turns, also while a relay keeps us waiting."""


class Line:
    """Feeds up to `most` connections; a `Feed` as they see it."""

    def __init__(
        self,
        account: Account,
        most: int,
        letters: Letters,
        judge: Judge,
        tally: Tally,
        pacing: Pacing,
        asked_to_stop: threading.Event,
    ) -> None:
        self._asked_to_stop, self._pacing = asked_to_stop, pacing
        self._next_chance = 0.0
        self._account, self._most = account, most
        self._letters, self._judge, self._tally = letters, judge, tally
        self._queue = Queue(self._write, self._rouse, signs=letters.dkim is not None)
        self._carried: dict[int, Outgoing] = {}
        self._results: list[Result] = []
        self._connections: list[Pipeline | OneByOne] = []
        self._opening: set[asyncio.Task[None]] = set()
        self._happened = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._losses = self._policy_refusals = 0
        self._served = tally.done
        self._pace = 0.0
        self._paced_at = self._loop.time()
        self.stopping = False
        self.trouble: MailerError | None = None
        self._watch = asyncio.create_task(self._watching())

    async def open(self) -> None:
        """Open the first connection, before anything is claimed: a dead relay consumes nothing."""
        try:
            self._connections.append(await connect(self._account, self))
        except MailerError:
            self._watch.cancel()
            raise

    @property
    def on_the_wire(self) -> int:
        """How many deliveries were started and have not been handed back as results."""
        return self._queue.pending + len(self._carried) + len(self._results)

    def room(self) -> int:
        """How many more to start: what goes out within a turn or two, and no more."""
        if self.stopping:
            return 0
        now = self._loop.time()
        passed = now - self._paced_at
        if passed > 0.01:
            self._pace = (self._tally.done - self._served) / passed
            self._served, self._paced_at = self._tally.done, now
        wanted = max(2 * self._most, int(self._pace * _FRESH * 0.8))
        return self._pacing.room(wanted - self._queue.pending, now)

    def pause(self) -> float:
        """Return for how many seconds to rest when nothing is on the wire: until a rate, which is
        a matter of seconds, lets the next one go. Longer pauses are left to a later run."""
        return max(0.0, self._next_chance - self._loop.time())

    def feed(self, started: Sequence[Outgoing]) -> None:
        """Take deliveries that have just been started, and see that somebody carries them."""
        self._pacing.started(len(started))
        self._queue.put(started, self._loop.time())
        self._connections = [one for one in self._connections if not one.closed.done()]
        self._rouse()
        if self.stopping:  # it was asked to while these were being started
            return
        missing = self._most - len(self._connections) - len(self._opening)
        for _ in range(min(missing, self._queue.pending)):
            task = asyncio.create_task(self._open_another())
            self._opening.add(task)
            task.add_done_callback(self._opening.discard)

    def results(self) -> list[Result]:
        """Return the results since the last call."""
        gathered, self._results = self._results, []
        return gathered

    async def something_happened(self) -> None:
        """Wait for a result, or for anything else that asks for a turn."""
        await self._happened.wait()
        self._happened.clear()

    def stop(self, trouble: MailerError | None = None) -> None:
        """Start nothing more. What is under way is answered; what only waits goes back."""
        self.trouble = self.trouble or trouble
        if not self.stopping:
            self.stopping = True
            self._put_back()
            for connection in self._connections:
                connection.leave()

    async def close(self) -> None:
        """Wait for what is under way (the deadlines bound that), then end the connections."""
        self.stop()
        for task in self._opening:
            task.cancel()
        await asyncio.gather(*self._opening, return_exceptions=True)
        for connection in self._connections:
            connection.leave()
        while self._carried or self._queue.pending:
            await self.something_happened()
        self._watch.cancel()
        self._queue.close()

    # What connections call

    def take(self) -> Job | None:
        """Return the next message, if the guard has just looked at it."""
        fresh_since = self._loop.time() - _FRESH
        while (waiting := self._queue.take()) is not None:
            outgoing, started, envelope = waiting
            if started < fresh_since:
                self._put(Result(outgoing.id, Move.RELEASE))
                continue
            if self._pacing.by_destination and self._held_back(outgoing):
                continue
            try:
                envelope = envelope or self._write(outgoing)
            except BadInput as error:
                self._put(Result(outgoing.id, Move.REFUSE, "cannot be written", None, error.what))
                continue
            self._carried[outgoing.id] = outgoing
            if self._pacing.by_destination:
                self._pacing.departs(outgoing.email)
            return Job(outgoing.id, envelope)
        return None

    def replied(self, job: Job, reply: Reply) -> None:
        """Turn a reply into a result, and draw what follows for the run."""
        outgoing = self._carried.pop(job.delivery_id)
        result, verdict = self._judge.on_reply(outgoing, reply)
        self._put(result)
        if result.bounce is Bounce.SENDER:
            self._tally.count_refusal_of_us(result.reason)
        # A refusal for good, or a relay that is busy, says nothing about a destination's pace.
        slow_down = verdict.slow_down and verdict.action is Action.RETRY if verdict else False
        if slow_down or self._pacing.by_destination:
            self._pacing.arrived(
                outgoing.email,
                accepted=result.move is Move.ACCEPT,
                slow_down=slow_down,
                now=self._loop.time(),
            )
        if verdict is None:
            self._losses = self._policy_refusals = 0
        else:
            self._draw(verdict, reply)

    def _draw(self, verdict: Verdict, reply: Reply) -> None:
        """Draw what follows for the run from a reply that was no acceptance."""
        if verdict.action is Action.REQUEUE:
            self._count_loss(str(reply))
            return
        self._losses = 0
        if verdict.fault is Fault.SENDER and verdict.action is Action.FAIL:
            self._policy_refusals += 1
        if verdict.action is Action.STOP or self._policy_refusals >= _POLICY_REFUSALS:
            self.stop(
                RunStopped(
                    f"The relay refused: {reply} ({verdict.reason}).",
                    "No recipient is at fault: the run was stopped, and what was not sent waits.",
                )
            )

    def lost(self, job: Job, lost: Lost) -> None:
        """Take back a delivery whose connection ended."""
        outgoing = self._carried.pop(job.delivery_id)
        self._put(self._judge.on_loss(outgoing, lost))
        if self._pacing.by_destination:
            now = self._loop.time()
            self._pacing.arrived(outgoing.email, accepted=False, slow_down=False, now=now)
        self._count_loss(lost.why)

    def hung_up(self, _why: str) -> None:
        """Relays close idle connections and long ones (item O5): the next takes its place."""
        self._happened.set()

    # Inside

    def _write(self, outgoing: Outgoing) -> Envelope:
        return self._letters.message(outgoing, self._judge.clock())

    def _rouse(self) -> None:
        """Wake connections up, as far as there is something for them; or put it back."""
        if self.stopping:
            self._put_back()
        for connection in self._connections:
            if not self._queue.has_ready:
                break
            if connection.idle:
                connection.wake()

    def _held_back(self, outgoing: Outgoing) -> bool:
        """Put a delivery back until its destination takes one; say whether that was needed."""
        now = self._loop.time()
        wait = self._pacing.wait(outgoing.email, now)
        if wait == 0:
            return False
        if wait <= _WORTH_WAITING:
            self._next_chance = now + wait
        not_before = self._judge.clock() + timedelta(seconds=wait)
        self._put(Result(outgoing.id, Move.RELEASE, "", None, "", not_before))
        return True

    def _put(self, result: Result) -> None:
        self._results.append(result)
        self._tally.count(result.move)
        self._happened.set()

    def _put_back(self) -> None:
        for waiting in self._queue.withdraw():
            self._put(Result(waiting.outgoing.id, Move.RELEASE))

    def _count_loss(self, why: str) -> None:
        self._losses += 1
        if self._losses >= _LOSSES_PER_CONNECTION * self._most:
            self.stop(
                RelayAway(
                    f"The relay hung up {self._losses} times in a row: {why}",
                    "Nothing is lost. Run the command again later.",
                )
            )

    async def _open_another(self) -> None:
        try:
            connection = await connect(self._account, self)
        except MailerError as error:
            alive = [one for one in self._connections if not one.closed.done()]
            if not alive:
                self.stop(error)
            else:  # the relay may allow fewer connections than we would like
                await asyncio.sleep(_PAUSE_AFTER_REFUSAL)
            return
        except Exception as error:  # a fault of ours must end the run, not leave it waiting
            self.stop(MailerError(f"A connection could not be opened: {error!r}"))
            raise
        self._connections.append(connection)
        if self.stopping:
            connection.leave()
        else:
            connection.wake()

    async def _watching(self) -> None:
        """Keep the deadlines, hear the request to stop, and ask for a turn now and then."""
        asked_for_a_turn = self._loop.time()
        while True:
            await asyncio.sleep(_WATCH)
            if self._asked_to_stop.is_set():
                self.stop(Stopped("The run was stopped.", "Run it again to go on where it stood."))
            for connection in self._connections:
                if connection.overdue:
                    connection.abort("the relay did not answer in time")
            if self._loop.time() - asked_for_a_turn > _TURN_AT_LEAST:
                asked_for_a_turn = self._loop.time()
                self._happened.set()
