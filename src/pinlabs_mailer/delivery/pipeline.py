"""Pipelined SMTP (RFC 2920): MAIL, RCPT and DATA go in one write, the next envelope's together
with the last message's body. One round trip a message instead of five.

A `Pipeline` takes over a transport that is connected, secured and logged in. It pulls deliveries
from a `Feed` when it can use one and hands each back exactly once, with a reply or as lost. All
of it runs in callbacks: no task and no future per message.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from enum import Enum, auto
from typing import NamedTuple

from pinlabs_mailer.delivery.commands import (
    Offers,
    is_reply,
    no_smtputf8,
    opening,
    stuffed,
    text_of,
)
from pinlabs_mailer.delivery.envelope import Fate, Feed, Job, Lost
from pinlabs_mailer.outbox.replies import Reply, Stage

_REPLY_LIMIT = 65_536
"""Bytes of one reply; RFC 5321 section 4.5.3.1.5 allows 512 a line."""
_LINE_KEPT = 1_000
"""Bytes of a line that are kept while it has no end: its code says enough."""
_READ_AT_ONCE = 16_384
_CODES = {b"%d%b" % (code, mark): code for code in range(200, 600) for mark in (b" ", b"")}
"""How a reply's last line begins, or all of it."""


class Limits(NamedTuple):
    """How long to wait for what, in seconds, and how much one connection may carry."""

    reply: float = 300.0
    """RFC 5321 section 4.5.3.2: five minutes for MAIL and RCPT."""
    final_dot: float = 600.0
    """Section 4.5.3.2.6: ten minutes."""
    messages: int = 1_000
    age: float = 600.0


class _Wait(Enum):
    """What the next reply answers."""

    RSET = auto()
    MAIL = auto()
    RCPT = auto()
    DATA = auto()
    BODY = auto()
    LONE_DOT = auto()


_RSET, _MAIL, _RCPT, _DATA, _BODY, _LONE_DOT = _Wait
_STAGES = {_MAIL: Stage.MAIL, _RCPT: Stage.RCPT, _DATA: Stage.DATA, _BODY: Stage.BODY}


class Pipeline(asyncio.BufferedProtocol):
    """One connection."""

    def __init__(
        self, transport: asyncio.Transport, feed: Feed, offers: Offers, limits: Limits
    ) -> None:
        self._transport = transport
        self._feed, self._offers, self._limits = feed, offers, limits
        self._loop = asyncio.get_running_loop()
        self._opened = self._loop.time()
        self._read = memoryview(bytearray(_READ_AT_ONCE))
        self._rest = b""
        self._lines: list[bytes] = []
        self._waits: deque[_Wait] = deque()
        self._next: Job | None = None
        """Its MAIL, RCPT and DATA are out; its body is not."""
        self._refusal: Reply | None = None
        """The first word against `_next`."""
        self._sent: Job | None = None
        """Its body and final dot are out."""
        self._carried = 0
        self._dirty = False
        self._leaving = False
        self._deadline = 0.0
        self.closed: asyncio.Future[None] = self._loop.create_future()

    @property
    def idle(self) -> bool:
        """Say whether it waits for nothing and could take a delivery."""
        return not self._waits and not self._leaving

    @property
    def overdue(self) -> bool:
        """Say whether a reply has been waited for too long."""
        return bool(self._waits) and self._loop.time() > self._deadline

    def wake(self) -> None:
        """Take a delivery, if there is one and nothing is under way."""
        if self.idle:
            group = self._open_next()
            if group:
                self._write(group)
            elif self._leaving:
                self._goodbye()

    def leave(self) -> None:
        """Take no more; close when the message that is out has been answered.

        An envelope whose message is not out goes back at once: nobody has it.
        """
        self._leaving = True
        if not self._waits:
            self._goodbye()
        elif self._sent is None:
            self._end("stopped")

    def abort(self, why: str) -> None:
        """Close at once: a deadline has passed, or the relay talks nonsense."""
        self._end(why)

    # What asyncio calls

    def get_buffer(self, _sizehint: int) -> memoryview:
        """Lend the buffer to read into: a new one for each reply would cost more than the reply."""
        return self._read

    def buffer_updated(self, nbytes: int) -> None:
        """Cut the bytes into replies and act on each."""
        data = self._rest + self._read[:nbytes]
        lines = data.split(b"\r\n")
        rest = lines.pop()
        # the last byte may be the first half of the line's end
        self._rest = rest if len(rest) <= _LINE_KEPT else rest[:_LINE_KEPT] + rest[-1:]
        out: list[bytes] = []
        for line in lines:
            code = 0 if self._lines else _CODES.get(line[:4], 0)
            if code == 0:
                code, line = self._long_reply(line)
                if code == 0:
                    continue
            out += self._answered(code, line)
            if self.closed.done():
                return
        if out:
            self._write(out)
        elif self._leaving and not self._waits:
            self._goodbye()

    def connection_lost(self, error: Exception | None) -> None:
        """Hand back what was under way."""
        self._end(str(error) if error else "the relay closed the connection")

    def eof_received(self) -> bool:
        """Treat a half-closed connection as a closed one."""
        return False

    # Inside

    def _long_reply(self, line: bytes) -> tuple[int, bytes]:
        """Return the code of a reply of several lines that this one completes, and the reply with
        all its text as one line; code 0 if it does not complete it."""
        code = _CODES.get(line[:4].replace(b"-", b" "), 0)
        if code == 0:
            self._end(f"the relay sent what is no reply: {line[:60]!r}")
            return 0, b""
        if line[3:4] != b"-":
            whole = line[:4] + b"\n".join([*self._lines, line[4:]])
            self._lines.clear()
            return code, whole
        self._lines.append(line[4:])
        if sum(map(len, self._lines)) > _REPLY_LIMIT:
            self._end("the relay sent a reply without end")
        return 0, b""

    def _answered(self, code: int, line: bytes) -> Sequence[bytes]:
        """Act on one reply; return what is to be written."""
        if not self._waits:
            self._end(f"the relay closed the connection: {text_of(line)}")
            return ()
        wait = self._waits.popleft()
        if code == 421 and wait is not _BODY:
            job, self._next = self._next, None
            if job is not None:
                self._feed.replied(
                    job, Reply(_STAGES.get(wait, Stage.MAIL), code, text_of(line[4:]))
                )
            self._end(text_of(line))
        elif wait is _MAIL or wait is _RCPT:
            if code >= 300 and self._refusal is None:
                self._refusal = Reply(_STAGES[wait], code, text_of(line[4:]))
        elif wait is _DATA:
            return self._data_answered(code, line[4:])
        elif wait is _BODY:
            if not is_reply(Stage.BODY, code):
                self._end(f"the relay sent what is no reply: {text_of(line)}")
                return ()
            job, self._sent = self._sent, None
            assert job is not None
            self._feed.replied(job, Reply(Stage.BODY, code, text_of(line[4:])))
            if code == 421:
                self._end(text_of(line))
        return ()

    def _data_answered(self, code: int, text: bytes) -> list[bytes]:
        """The envelope is complete: send the body, or turn to the next one."""
        job, refusal = self._next, self._refusal
        assert job is not None
        self._next = self._refusal = None
        if code == 354 and refusal is None:
            self._sent = job
            self._carried += 1
            self._waits.append(_BODY)
            return [*stuffed(job.envelope), *self._open_next()]
        self._feed.replied(job, refusal or Reply(Stage.DATA, code, text_of(text)))
        if self.closed.done():
            return []
        self._dirty = True
        if code != 354:
            return self._open_next()
        # RFC 2920 section 3.1: DATA was accepted though nobody is to get it.
        self._waits.append(_LONE_DOT)
        return [b".\r\n", *self._open_next()]

    def _open_next(self) -> list[bytes]:
        """Return the commands of the next envelope; nothing if there is none."""
        limits = self._limits
        if self._carried >= limits.messages or self._loop.time() - self._opened > limits.age:
            self._leaving = True
        if self._leaving:
            return []
        while (job := self._feed.take()) is not None:
            if not job.envelope.needs_smtputf8 or self._offers.smtputf8:
                break
            self._feed.replied(job, no_smtputf8())
        if job is None:
            return []
        self._next = job
        commands = []
        if self._dirty:
            self._dirty = False
            self._waits.append(_RSET)
            commands.append(b"RSET\r\n")
        self._waits += (_MAIL, _RCPT, _DATA)
        commands.append(opening(job.envelope, self._offers))
        return commands

    def _write(self, parts: list[bytes]) -> None:
        limits = self._limits
        wait = limits.final_dot if self._sent is not None else limits.reply
        self._deadline = self._loop.time() + wait
        self._transport.write(b"".join(parts))

    def _goodbye(self) -> None:
        if not self.closed.done():
            self._transport.write(b"QUIT\r\n")
            self._end("")

    def _end(self, why: str) -> None:
        """Close, and hand back what was under way: with the body out, nobody knows."""
        if self.closed.done():
            return
        self.closed.set_result(None)
        self._leaving = True
        self._waits.clear()
        self._transport.close()
        sent, opened = self._sent, self._next
        self._sent = self._next = None
        if sent is not None:
            self._feed.lost(sent, Lost(Fate.IN_DOUBT, why))
        if opened is not None:
            self._feed.lost(opened, Lost(Fate.NOT_SENT, why))
        if why and sent is None and opened is None:
            self._feed.hung_up(why)
