"""Writing and signing messages on all cores, ahead of the connections that carry them.

RSA takes several times as long as all else that a message costs, and lets go of the
interpreter lock meanwhile. So a thread for each core writes and signs, a few messages at a time;
what is done is handed over in the event loop. Nothing here knows what became of a delivery:
`Line` counts those that are here among what was started and has no result yet.
"""

import asyncio
import os
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from pinlabs_mailer.delivery.envelope import Envelope
from pinlabs_mailer.delivery.ledger import Outgoing

_CHUNK = 8
"""Messages that go to a thread and come back together: about 2 ms of work, so that handing over
costs little beside it and no message waits long for its neighbours."""
_CHUNKS_A_THREAD = 2
"""One in work and one that waits, so that no thread waits for the event loop."""


class Waiting(NamedTuple):
    """A delivery that was started and is on no connection yet."""

    outgoing: Outgoing
    started: float
    """When the guard looked at it, in the loop's time."""
    envelope: Envelope | None = None
    """The message, if it is written already."""


class Signing:
    """Threads that write. All methods are called in the event loop, and so is `hand_over`."""

    def __init__(
        self,
        write: Callable[[Outgoing], Envelope],
        hand_over: Callable[[list[Waiting]], None],
        threads: int | None = None,
    ) -> None:
        self._write, self._hand_over = write, hand_over
        self._loop = asyncio.get_running_loop()
        self._queue: deque[Waiting] = deque()
        self._in_work = 0
        self._chunks = 0
        self._most_chunks = _CHUNKS_A_THREAD * (threads or cores())
        self._threads = ThreadPoolExecutor(threads or cores(), "signing")

    @property
    def pending(self) -> int:
        """How many deliveries are here."""
        return len(self._queue) + self._in_work

    def put(self, some: Iterable[Waiting]) -> None:
        """Take deliveries to write; each is handed over, or withdrawn before that."""
        self._queue.extend(some)
        self._begin()

    def withdraw(self) -> list[Waiting]:
        """Return those that nobody has begun to write. The others are handed over in a moment."""
        withdrawn = list(self._queue)
        self._queue.clear()
        return withdrawn

    def close(self) -> None:
        """Let the threads end. Nothing may be here any more."""
        self._threads.shutdown()

    def _begin(self) -> None:
        while self._queue and self._chunks < self._most_chunks:
            chunk = [self._queue.popleft() for _ in range(min(_CHUNK, len(self._queue)))]
            self._chunks += 1
            self._in_work += len(chunk)
            self._threads.submit(self._work, chunk)

    def _work(self, chunk: list[Waiting]) -> None:
        """Write some messages. This is what runs in a thread."""
        written = [one._replace(envelope=self._written(one.outgoing)) for one in chunk]
        self._loop.call_soon_threadsafe(self._done, written)

    def _written(self, outgoing: Outgoing) -> Envelope | None:
        """Return the message; None if it cannot be written, which `Line` will find out anew.

        Whatever the reason: a delivery that never came back would keep the run from ending.
        """
        try:
            return self._write(outgoing)
        except Exception:
            return None

    def _done(self, written: list[Waiting]) -> None:
        self._chunks -= 1
        self._in_work -= len(written)
        self._begin()
        self._hand_over(written)


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
