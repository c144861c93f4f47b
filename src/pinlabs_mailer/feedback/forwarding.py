"""Passing a person's letter on to where it is answered, once, and not too many of them.

The letter is handed to the relay in a new envelope, with its bytes as they came and one field in
front (RFC 5321 section 3.9). It is written down before it is handed over and again when the relay
has it. So what comes twice goes out once, and what the relay does not take stays where it was.
"""

import hashlib
import logging
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from enum import StrEnum

from sqlalchemy import Connection, Engine, delete, func, select, update

from pinlabs_mailer.db.engine import writing
from pinlabs_mailer.db.insert import insert_new
from pinlabs_mailer.db.tables import forwarded_letter as letters
from pinlabs_mailer.errors import MailerError
from pinlabs_mailer.feedback import counts
from pinlabs_mailer.feedback.author import FORWARDED
from pinlabs_mailer.feedback.ours import Ours
from pinlabs_mailer.feedback.part import HEADER, Fields
from pinlabs_mailer.outbox.replies import Reply

log = logging.getLogger("pinlabs_mailer.returns")

Send = Callable[[str, str, bytes], Reply]
"""Hands a message to the relay: envelope sender, recipient, message. Raises MailerError: nobody
has it."""

LONGEST = 10_240_000
"""Bytes of a letter that is passed on: what Postfix takes unless it is told otherwise."""
MOST_AN_HOUR = 60
"""Whoever floods a return path does not flood the people behind it."""
_BUSY = timedelta(minutes=20)
"""How long a try can take: ten minutes for the last reply, and the way there. After that its
process is gone, and it is anybody's again."""
_REST = timedelta(minutes=1)
_TRIED_FOR = timedelta(days=5)
"""RFC 5321 section 4.5.4.1."""
_REMEMBERED = timedelta(days=30)
_AUTHORS = ("message-id", "from", "date", "subject")
_RETURN_PATH = re.compile(rb"^return-path:.*\r\n(?:[ \t].*\r\n)*", re.IGNORECASE | re.MULTILINE)
_TOO_LONG = re.compile(rb"^[^\r\n]{999}", re.MULTILINE)
"""A line that SMTP does not carry (RFC 5321 section 4.5.3.1.6). To fold it would change what its
author wrote, and break their signature."""
_MBOX = re.compile(rb"\A(?:\r\n)*>?From .*\r\n")


class Outcome(StrEnum):
    """What became of a letter."""

    FORWARDED = "forwarded"
    REPEATED = "repeated"
    """It was forwarded before."""
    WAITING = "waiting"
    """The relay does not take it now: it is tried again when it is taken again."""
    TOO_MANY = "too many"
    UNKNOWN = "unknown"
    """It is too long, has a line that is, calls itself ours or is not to us, or the relay refuses
    it: it is kept aside."""


@dataclass
class Forwarder:
    """Passes letters on to one mailbox."""

    engine: Engine
    clock: Callable[[], datetime]
    to: str
    sender: str
    """Where a bounce of what was passed on comes back to; "" lets none be made."""
    ours: Ours
    send: Send
    only_to_us: bool = False
    """Letters wait among those of others: only what is addressed to us is passed on."""
    rests_until: datetime | None = None
    """A relay that does not answer is waited for once, and not for each letter."""

    def pass_on(self, whole: bytes) -> Outcome:
        """Pass a letter on, and count what became of it unless it is to be tried again."""
        now = self.clock()
        if len(whole) > LONGEST:
            return self._counted(Outcome.UNKNOWN, now)
        head, body = _cut(whole)
        if not self._may_go(head, body):
            return self._counted(Outcome.UNKNOWN, now)
        if self.rests_until is not None and now < self.rests_until:
            return Outcome.WAITING
        key = _key(head, body)
        with writing(self.engine) as connection:
            barred = _start(connection, key, now)
        if barred is not None:
            return self._counted(barred, now)
        mark = f"{FORWARDED}: {format_datetime(now)}\r\n".encode()
        try:
            reply = self.send(self.sender, self.to, mark + head + body)
        except MailerError as error:
            log.warning("Letters wait to be forwarded: %s", error.what)
            self.rests_until = self.clock() + _REST
            return self._end(key, now, Outcome.WAITING)
        if reply.code < 300:
            return self._end(key, now, Outcome.FORWARDED)
        log.warning("A letter was not forwarded; the relay says: %s", reply)
        return self._end(key, now, Outcome.WAITING if reply.code < 500 else Outcome.UNKNOWN)

    def _may_go(self, head: bytes, body: bytes) -> bool:
        """Say whether a letter is one to hand over, by the header that its reader would see."""
        if len(head) >= HEADER or _TOO_LONG.search(head) or _TOO_LONG.search(body):
            return False
        fields = _fields(head)
        if self.only_to_us and not self.ours.are_named(fields):
            return False
        return not self.ours.wrote(fields)

    def _end(self, key: str, now: datetime, outcome: Outcome) -> Outcome:
        gone = outcome is Outcome.FORWARDED
        values = {"forwarded_at": now} if gone else {"started_at": None}
        with writing(self.engine) as connection:
            connection.execute(update(letters).where(letters.c.key == key).values(values))
        return self._counted(outcome, now)

    def _counted(self, outcome: Outcome, now: datetime) -> Outcome:
        if outcome is not Outcome.WAITING:
            with writing(self.engine) as connection:
                counts.add(connection, Counter({str(outcome): 1}), now)
        return outcome


def _start(connection: Connection, key: str, now: datetime) -> Outcome | None:
    """Take a letter for this try, or return why not."""
    found = select(letters).where(letters.c.key == key).with_for_update()
    one = connection.execute(found).first()
    if one is not None and one.forwarded_at is not None:
        return Outcome.REPEATED
    if one is not None and one.started_at is not None and now < one.started_at + _BUSY:
        return Outcome.WAITING
    if one is not None and one.came_at < now - _TRIED_FOR:
        return Outcome.UNKNOWN
    lately = select(func.count()).where(letters.c.started_at > now - timedelta(hours=1))
    if connection.execute(lately).scalar_one() >= MOST_AN_HOUR:
        return Outcome.TOO_MANY
    if one is not None:
        connection.execute(update(letters).where(letters.c.key == key).values(started_at=now))
        return None
    connection.execute(delete(letters).where(letters.c.came_at < now - _REMEMBERED))
    row = {"key": key, "came_at": now, "started_at": now}
    # not new: another run began with it since we looked
    return None if insert_new(connection, letters, row, letters.c.key) else Outcome.WAITING


def _cut(whole: bytes) -> tuple[bytes, bytes]:
    """Return header and body as they travelled: with the line ends of SMTP (RFC 5321 section
    2.3.8), and without what the delivery here put in front (section 4.4)."""
    plain = whole.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
    plain = _MBOX.sub(b"", plain, count=1).lstrip(b"\r\n")
    end = plain.find(b"\r\n\r\n")
    head, body = (plain[: end + 2], plain[end + 2 :]) if end >= 0 else (plain, b"")
    return _RETURN_PATH.sub(b"", head), body


def _key(head: bytes, body: bytes) -> str:
    """Return what two copies of a letter share, whichever way they came: servers on the way write
    fields of their own."""
    fields = _fields(head)
    written = "\n".join(fields.get(name) for name in _AUTHORS).encode()
    return hashlib.blake2b(written + b"\n" + body, digest_size=16).hexdigest()


def _fields(head: bytes) -> Fields:
    return Fields(head.replace(b"\r\n", b"\n"))
