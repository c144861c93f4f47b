"""Taking what came back: read, matched, recorded and acted on, whichever way it came.

Every way of intake ends here. A group of mails is read first and then recorded in one transaction;
when it ends, all of the group is done, or nothing is and the same can be taken again.
"""

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, Engine

from pinlabs_mailer.community import leaving, subscribers, undelivered
from pinlabs_mailer.community.chain import Notary
from pinlabs_mailer.community.consent import Circumstances
from pinlabs_mailer.db.engine import writing
from pinlabs_mailer.db.words import Actor
from pinlabs_mailer.digest import brake
from pinlabs_mailer.errors import MailerError
from pinlabs_mailer.feedback import counts
from pinlabs_mailer.feedback.forwarding import LONGEST, Forwarder
from pinlabs_mailer.feedback.matching import Match, Matcher
from pinlabs_mailer.feedback.part import LOOK
from pinlabs_mailer.feedback.reading import read
from pinlabs_mailer.feedback.recording import record
from pinlabs_mailer.feedback.report import Kind, Report
from pinlabs_mailer.outbox.consequences import Consequence
from pinlabs_mailer.outbox.return_paths import FORGED, OF_NO_DELIVERY, Forgery
from pinlabs_mailer.tokens import Purpose

log = logging.getLogger("pinlabs_mailer.returns")

LARGEST = LOOK
"""Bytes of a mail that are taken in: the reader looks at no more, so a mail of 30 MB costs no more
memory than one of half a megabyte."""
GROUP = 20
"""Mails in one transaction: some 50 ms of SQLite's one writer."""
GROUP_BYTES = 4_000_000


REST = LONGEST + 1 - LARGEST
"""Bytes beyond that, of a letter that is passed on: one more shows that it is too long for it."""


class Mail(NamedTuple):
    """A mail that came back."""

    raw: bytes
    """Of a mail that is longer, the first LARGEST bytes."""
    to: str = ""
    """Where it came to, as the mail server says."""
    rest: Callable[[], bytes] = bytes
    """Reads up to REST bytes that come after `raw`. It is asked at most once."""


class Came(NamedTuple):
    """What came back, read already, with the text that it was read from."""

    reports: tuple[Report, ...]
    raw: bytes
    rest: Callable[[], bytes] = bytes


class Act(NamedTuple):
    """What was done about one report."""

    kind: Kind
    outcome: str
    """`taken`, `repeated`, `unmatched`, `forged` or `unknown`; of letters `forwarded`, `waiting`
    (the relay does not take it now) or `too many` (it is kept aside)."""
    recipient: str = ""
    status: str = ""
    reason: str = ""
    delivery: int | None = None
    done: str = ""
    """A consequence."""
    left: tuple[str, ...] | None = None
    """The topics that somebody left by mail."""

    @property
    def understood(self) -> bool:
        """Say whether the mail may go: everything in it that concerns us is done."""
        return self.outcome in ("taken", "repeated", "forwarded")

    @property
    def aside(self) -> bool:
        """Say whether the mail is to be kept for somebody to read."""
        return self.outcome in ("unknown", "unmatched", "too many")


Taken = tuple[Act, ...]

_LETTER = "letter"
"""The outcome of a letter until it is passed on."""


@dataclass(frozen=True)
class Taker:
    """Takes what came back for one installation."""

    engine: Engine
    matcher: Matcher
    notary: Notary
    clock: Callable[[], datetime]
    staging: bool = False
    """Every mail goes to one address of the operator's: what comes back says nothing of readers."""
    forwarder: Forwarder | None = None
    """Without it letters are kept aside."""

    def take(self, mails: Sequence[Mail]) -> list[Taken]:
        """Take some mails; return what was done about each, in their order."""
        return self.take_read(
            [Came(read(mail.raw, mail.to), mail.raw, mail.rest) for mail in mails]
        )

    def take_read(self, some: Sequence[Came]) -> list[Taken]:
        """Take what was read already. Letters are passed on once all the others are recorded."""
        return [
            tuple(self._passed_on(came, act) for act in taken)
            for came, taken in zip(some, self._recorded(some), strict=True)
        ]

    def _recorded(self, some: Sequence[Came]) -> list[Taken]:
        """Record a group; a fault of ours with one mail is no fault of its neighbours."""
        try:
            return self._together(some)
        except MailerError:
            raise
        except Exception as error:
            if len(some) > 1:
                return [taken for one in some for taken in self._recorded([one])]
            log.error(
                "A mail that came back was left aside: %s in our own code.", type(error).__name__
            )
            return [tuple(Act(report.kind, "unknown") for report in some[0].reports)]

    def _together(self, some: Sequence[Came]) -> list[Taken]:
        now = self.clock()
        acts: list[list[Act]] = [[] for _ in some]
        came_back: undelivered.Counts = Counter()
        with writing(self.engine) as connection:
            # in the order of people: two who take reports at once must not wait for each other
            matched = [
                (where, report, self._match(connection, report))
                for where, came in enumerate(some)
                for report in came.reports
            ]
            matched.sort(key=lambda one: one[2].subscriber_id if isinstance(one[2], Match) else 0)
            for where, report, match in matched:
                came = some[where]
                acts[where].append(self._act(connection, report, match, came.raw, now, came_back))
            undelivered.add_counts(connection, came_back)
            told = brake.look(connection)
            counts.add(connection, _counted(acts), now)
        for one in told:
            log.warning("%s", one)
        return [tuple(done) for done in acts]

    def _match(self, connection: Connection, report: Report) -> Match | Forgery | None:
        if report.kind not in (Kind.HARD, Kind.SOFT, Kind.COMPLAINT) or self.staging:
            return None
        return self.matcher.match(connection, report)

    def _act(
        self,
        connection: Connection,
        report: Report,
        match: Match | Forgery | None,
        raw: bytes,
        now: datetime,
        came_back: undelivered.Counts,
    ) -> Act:
        about = report.recipient, report.status, report.reason
        if report.kind is Kind.UNSUBSCRIBE:
            return self._leave(connection, report, now)
        if report.kind is Kind.AUTO_REPLY:
            return Act(report.kind, "taken", *about, None, Consequence.NOTHING)
        if report.kind is Kind.UNKNOWN:
            return Act(report.kind, _LETTER if self._is_to_be_passed_on(report) else "unknown")
        if isinstance(match, Forgery):
            return Act(report.kind, "forged", *about)
        if match is None:
            return Act(report.kind, "unmatched", *about)
        if match.erased:
            return Act(report.kind, "taken", delivery=match.delivery_id, done=Consequence.NOTHING)
        how = Circumstances(now, "complaint", Actor.PROVIDER, self.notary)
        done = record(connection, report, match, raw, how, came_back)
        if done is Consequence.TELL:
            log.warning("Refused because of us, not of the recipient: %s.", report.reason)
        outcome = "repeated" if done is None else "taken"
        return Act(report.kind, outcome, *about, match.delivery_id, done or Consequence.NOTHING)

    def _is_to_be_passed_on(self, report: Report) -> bool:
        """Say whether it is a letter that came to us, and not also to where it would go."""
        if self.forwarder is None or not report.is_letter:
            return False
        paths = self.matcher.return_paths
        if paths is not None and paths.read(report.returned_to) in (FORGED, OF_NO_DELIVERY):
            return False
        return self.forwarder.to.lower() not in (one.lower() for one in report.returned_to)

    def _passed_on(self, came: Came, act: Act) -> Act:
        if act.outcome != _LETTER or self.forwarder is None:
            return act
        try:
            whole = came.raw if len(came.raw) < LARGEST else came.raw + came.rest()
        except OSError:  # another run has it
            return act._replace(outcome="waiting")
        return act._replace(outcome=str(self.forwarder.pass_on(whole)))

    def _leave(self, connection: Connection, report: Report, now: datetime) -> Act:
        """Unsubscribe whom the token names; who the mail is from does not matter (RFC 2369)."""
        signer = self.matcher.signer
        reference = signer.verify(Purpose.UNSUBSCRIBE, report.unsubscribe_token)
        person = subscribers.by_reference(connection, reference) if reference else None
        if person is None:
            return Act(report.kind, "forged")
        how = Circumstances(now, "unsubscribe mail", Actor.PERSON, self.notary)
        left = leaving.withdraw(connection, person.id, how)
        return Act(
            report.kind,
            "taken",
            done=Consequence.LEAVE,
            left=tuple(topic.slug for topic in left),
        )


def _counted(acts: Sequence[Sequence[Act]]) -> Counter[str]:
    """Return how much there was of each kind that was taken, and of each other outcome. Letters
    are counted when it is known what became of them."""
    return Counter(
        str(act.kind) if act.outcome == "taken" else act.outcome
        for some in acts
        for act in some
        if act.outcome != _LETTER
    )
