"""From the relay's word on a delivery to the result that is recorded, and to the run's own fate."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from pinlabs_mailer.db.words import DeliveryKind
from pinlabs_mailer.delivery import envelope
from pinlabs_mailer.delivery.envelope import Lost
from pinlabs_mailer.delivery.ledger import Outgoing, Result
from pinlabs_mailer.delivery.recovery import DoubtPolicy
from pinlabs_mailer.delivery.retry import Backoff
from pinlabs_mailer.outbox.consequences import bounce_of_reply
from pinlabs_mailer.outbox.replies import Action, Fault, Reply, Stage, Verdict
from pinlabs_mailer.outbox.states import Move

_KEPT = 500
"""Characters of a reply that are kept."""


@dataclass(frozen=True)
class Judge:
    """Turns replies into results."""

    backoff: Backoff
    doubt: DoubtPolicy
    clock: Callable[[], datetime]
    staging: bool = False
    """Every mail goes to an address of ours, so replies say nothing of the reader's."""

    def on_reply(self, outgoing: Outgoing, reply: Reply) -> tuple[Result, Verdict | None]:
        """Return what to record; with the verdict, unless it is a plain acceptance."""
        stage, code, said = reply
        text = f"{code} {said[:_KEPT]}"
        if stage is Stage.BODY and 200 <= code < 300:
            return Result(outgoing.id, Move.ACCEPT, "", code, text), None
        verdict = reply.verdict()
        again = None
        match verdict.action:
            case Action.ACCEPT:
                move = Move.ACCEPT
            case Action.RETRY:
                again = self._next_try(outgoing)
                move = Move.DEFER if again else Move.GIVE_UP
            case Action.STOP if verdict.fault is Fault.MESSAGE:
                # Only this one may be refused so: the next run begins with another.
                again = self._next_try(outgoing)
                move = Move.DEFER if again else Move.GIVE_UP
            case Action.REQUEUE | Action.STOP:
                move = Move.RELEASE
            case Action.FAIL | Action.SUPPRESS:
                move = Move.REFUSE
        bounce = None
        if move in (Move.REFUSE, Move.GIVE_UP) and not self.staging:
            bounce = bounce_of_reply(verdict)
        return Result(outgoing.id, move, verdict.reason, reply.code, text, again, bounce), verdict

    def on_loss(self, outgoing: Outgoing, lost: Lost) -> Result:
        """Return what to record for a delivery whose connection ended."""
        if lost.fate is envelope.Fate.NOT_SENT:
            return Result(outgoing.id, Move.RELEASE, "", None, "")
        settle_at = self.clock() + self.doubt.after
        return Result(outgoing.id, Move.LOSE, "connection lost", None, lost.why[:_KEPT], settle_at)

    def _next_try(self, outgoing: Outgoing) -> datetime | None:
        kind = DeliveryKind(outgoing.kind)
        created_at = datetime.fromtimestamp(outgoing.created_at, UTC)
        return self.backoff.next_try(kind, created_at, outgoing.attempts, self.clock())
