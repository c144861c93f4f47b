"""A pipeline and the other end of its wire."""

import asyncio
import socket
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import wraps

from pinlabs_mailer.delivery.commands import Offers
from pinlabs_mailer.delivery.envelope import Envelope, Fate, Job, Lost
from pinlabs_mailer.delivery.pipeline import Limits, Pipeline
from pinlabs_mailer.outbox.replies import Reply, Stage

FROM = "news@pinlabs.example"
OK = b"250 2.0.0 Ok\r\n"
GO = OK + OK + b"354 Go on\r\n"
PLAIN, BY_THE_BOOK = Offers(), Limits()


class Work:
    """A feed that remembers."""

    def __init__(self, *envelopes: Envelope) -> None:
        self.jobs = deque(Job(number, one) for number, one in enumerate(envelopes, start=1))
        self.replies: list[tuple[int, Reply]] = []
        self.losses: list[tuple[int, Lost]] = []
        self.hang_ups: list[str] = []

    def take(self) -> Job | None:
        return self.jobs.popleft() if self.jobs else None

    def replied(self, job: Job, reply: Reply) -> None:
        self.replies.append((job.delivery_id, reply))

    def lost(self, job: Job, lost: Lost) -> None:
        self.losses.append((job.delivery_id, lost))

    def hung_up(self, why: str) -> None:
        self.hang_ups.append(why)

    @property
    def codes(self) -> list[tuple[int, Stage, int]]:
        return [(number, reply.stage, reply.code) for number, reply in self.replies]

    @property
    def fates(self) -> list[tuple[int, Fate]]:
        return [(number, lost.fate) for number, lost in self.losses]


class Server:
    """The other end of the line, by hand."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._loop = asyncio.get_running_loop()

    async def read(self) -> bytes:
        """Return what came in one go; nothing at the end."""
        return await asyncio.wait_for(self._loop.sock_recv(self._end, 1 << 20), 5)

    async def say(self, reply: bytes) -> bytes:
        """Answer, and return what that brought."""
        await self._loop.sock_sendall(self._end, reply)
        return await self.read()

    async def tell(self, reply: bytes) -> None:
        """Answer, and give the client time to take note."""
        await self._loop.sock_sendall(self._end, reply)
        await asyncio.sleep(0.02)

    def cut(self) -> None:
        self._end.close()


@asynccontextmanager
async def line(
    work: Work, offers: Offers = PLAIN, limits: Limits = BY_THE_BOOK
) -> AsyncIterator[tuple[Pipeline, Server]]:
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_connection(asyncio.Protocol, sock=ours)
    pipeline = Pipeline(transport, work, offers, limits)
    transport.set_protocol(pipeline)
    try:
        yield pipeline, Server(theirs)
    finally:
        transport.abort()
        theirs.close()
        await asyncio.sleep(0)


def in_loop(test: Callable[[], Coroutine[None, None, None]]) -> Callable[[], None]:
    @wraps(test)
    def run() -> None:
        asyncio.run(test())

    # pytest must not follow to the coroutine
    del run.__dict__["__wrapped__"]
    return run


def mail(number: int, body: bytes = b"") -> Envelope:
    return Envelope(
        FROM, f"reader{number}@example.net", body or b"Subject: %d\r\n\r\nHi\r\n" % number
    )


def group(number: int) -> bytes:
    return f"MAIL FROM:<{FROM}>\r\nRCPT TO:<reader{number}@example.net>\r\nDATA\r\n".encode()


def body(number: int) -> bytes:
    return b"Subject: %d\r\n\r\nHi\r\n.\r\n" % number
