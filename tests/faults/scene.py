"""One installation, one relay, and the senders that a test starts between the two."""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Engine, func, select

from pinlabs_mailer.db.engine import reading
from pinlabs_mailer.db.tables import attempt, delivery, subscriber, suppression
from pinlabs_mailer.db.words import DeliveryStatus as Status
from pinlabs_mailer.digest import issues
from tests.faults.sender import Sender
from tests.support.installations import GIVEN
from tests.support.program import COMMAND, Program
from tests.support.relay import Relay

QUICK = {
    "doubt_after": "1s",
    "retry_after": "1s",
    "smtp_timeout": "2s",
    "smtp_final_timeout": "2s",
}
"""Settings that make waits short."""
UNSETTLED = (Status.PLANNED, Status.SENDING, Status.IN_DOUBT)


class Row(NamedTuple):
    """A delivery of the issue, as the ledger has it."""

    email: str
    status: Status
    reason: str
    attempts: int
    doubts: int
    reply: str


@dataclass
class Scene:
    """What a test of a fault plays in."""

    url: str
    engine: Engine
    relay: Relay
    readers: int
    now: datetime
    settings: dict[str, str] = field(default_factory=dict)
    wrapper: tuple[str, ...] = ()
    """What to start a sender with: a clock or a limit of its own."""
    extra_environment: dict[str, str] = field(default_factory=dict)
    runs: int = 0
    codes: list[int] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)
    senders: list[Sender] = field(default_factory=list)

    def start(self, *words: str) -> Sender:
        """Start a sender; `send-digest` for the issue that is due, unless told otherwise."""
        command = words or ("send-digest", "--now", self.now.isoformat())
        given = {**GIVEN, **QUICK, "database_url": self.url} | {
            "smtp_url": f"smtp://127.0.0.1:{self.relay.port}",
            **self.settings,
        }
        environment = {**Program(given).environment(), **self.extra_environment}
        self.runs += 1
        log = Path(f"sender-{self.runs}.log").absolute()
        sender = Sender([*self.wrapper, *COMMAND, *command], environment, log)
        self.senders.append(sender)
        return sender

    def run(self, *words: str, code: int | None = None) -> int:
        """Run a sender to its end; the code says whether all went well, some failed for good, or
        it is to be run again.
        """
        ended = self.start(*words).wait()
        self.codes.append(ended)
        usual = (0, 1, 75) if self.those(Status.FAILED) else (0, 75)
        assert ended in (usual if code is None else (code,)), self.senders[-1].said[-3000:]
        return ended

    def until_idle(self, seconds: float = 120) -> None:
        """Run senders, one after the other, until nothing waits and nothing is in doubt."""
        end = time.monotonic() + seconds
        while True:
            self.run()
            at = self._next_moment()
            if at is None:
                return
            assert time.monotonic() < end, f"still not idle: {self.counts()}"
            time.sleep(min(max((at - datetime.now(UTC)).total_seconds(), 0), 2))

    def plan(self) -> None:
        """Open the issue and plan its deliveries, without sending any."""
        self.run("send-digest", "--no-wait", "--now", self.now.isoformat(), code=0)

    def rows(self) -> list[Row]:
        """Return the ledger of the issue."""
        columns = (delivery.c[name] for name in Row._fields if name != "email")
        listed = select(subscriber.c.email, *columns).select_from(delivery.join(subscriber))
        with reading(self.engine) as connection:
            found = [Row(*row) for row in connection.execute(listed.order_by(delivery.c.id))]
        return [row._replace(status=Status(row.status)) for row in found]

    def those(self, *statuses: Status) -> set[str]:
        """Return who stands there."""
        return {row.email for row in self.rows() if row.status in statuses}

    def counts(self) -> dict[str, object]:
        """Return the issue's numbers, as `issue show` has them."""
        with reading(self.engine) as connection:
            return issues.report(connection, issues.every(connection)[0])

    def doubted(self) -> set[str]:
        """Return whose delivery was ever listed as in doubt."""
        listed = select(subscriber.c.email).select_from(attempt.join(delivery).join(subscriber))
        doubt = attempt.c.outcome == Status.IN_DOUBT
        with reading(self.engine) as connection:
            return set(connection.execute(listed.where(doubt)).scalars())

    def suppressed(self) -> set[str]:
        """Return which addresses are suppressed."""
        with reading(self.engine) as connection:
            return set(connection.execute(select(suppression.c.email_key)).scalars())

    def attempts(self) -> int:
        """Return how many tries the ledger has counted."""
        with reading(self.engine) as connection:
            counted = select(func.coalesce(func.sum(delivery.c.attempts), 0))
            return int(connection.execute(counted).scalar_one())

    def at_server(self) -> set[str]:
        """Return whose mail the server has."""
        return {message.recipient for message in list(self.relay.messages)}

    def next_message(self, sender: Sender) -> None:
        """Wait until the server has one more message, or the sender has ended."""
        before = len(self.relay.messages)
        while sender.running and len(self.relay.messages) == before:
            time.sleep(0.005)

    def next_connection(self, sender: Sender) -> None:
        """Wait until there is one more connection, or the sender has ended."""
        before = self.relay.connections
        while sender.running and self.relay.connections == before:
            time.sleep(0.005)

    def quiet(self) -> None:
        """Wait until the relay has seen the end of every connection."""
        assert self.relay.wait(lambda: self.relay.connections_now == 0, 30)

    def end(self) -> None:
        """Leave no sender behind."""
        for sender in self.senders:
            sender.kill()

    def _next_moment(self) -> datetime | None:
        first = select(func.min(delivery.c.not_before)).where(delivery.c.status.in_(UNSETTLED))
        with reading(self.engine) as connection:
            found: datetime | None = connection.execute(first).scalar_one()
        return found
