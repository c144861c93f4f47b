"""The threads that write: each delivery comes back once, written or not, in the event loop."""

import asyncio
import threading
from collections.abc import Callable

from pinlabs_mailer.db.words import DeliveryKind
from pinlabs_mailer.delivery.envelope import Envelope
from pinlabs_mailer.delivery.ledger import Outgoing
from pinlabs_mailer.delivery.signing import Signing, Waiting, cores

Write = Callable[[Outgoing], Envelope]


def waiting(number: int) -> Waiting:
    outgoing = Outgoing(number, DeliveryKind.DIGEST, 1, None, 0, 0, "r", "a@b.example", "", None)
    return Waiting(outgoing, float(number))


def envelope(outgoing: Outgoing) -> Envelope:
    return Envelope("a@b.example", "c@d.example", b"%d" % outgoing.id)


class Desk:
    """Takes what is handed over, and notes from which thread."""

    def __init__(self, write: Write, threads: int | None = None) -> None:
        self.back: list[Waiting] = []
        self.loops: set[int] = set()
        self.signing = Signing(write, self._take, threads)

    def _take(self, written: list[Waiting]) -> None:
        self.back += written
        self.loops.add(threading.get_ident())

    async def until(self, number: int) -> None:
        async with asyncio.timeout(10):
            while len(self.back) < number:
                await asyncio.sleep(0.001)


def test_each_comes_back_once_with_its_message_and_its_time() -> None:
    async def play() -> None:
        writers = set()

        def write(outgoing: Outgoing) -> Envelope:
            writers.add(threading.get_ident())
            return envelope(outgoing)

        desk = Desk(write)
        desk.signing.put(map(waiting, range(1, 1001)))
        assert desk.signing.pending == 1000
        await desk.until(1000)
        assert desk.signing.pending == 0
        assert sorted(desk.back) == [
            waiting(number)._replace(envelope=envelope(waiting(number).outgoing))
            for number in range(1, 1001)
        ]
        assert desk.loops == {threading.get_ident()}
        assert threading.get_ident() not in writers
        desk.signing.close()

    asyncio.run(play())


def test_all_cores_write_at_once() -> None:
    """With two threads, one message can wait for another that is written after it."""

    async def play() -> None:
        together = threading.Barrier(2, timeout=10)

        def write(outgoing: Outgoing) -> Envelope:
            if outgoing.id in (1, 9):  # in different chunks
                together.wait()
            return envelope(outgoing)

        desk = Desk(write, threads=2)
        desk.signing.put(map(waiting, range(1, 17)))
        await desk.until(16)
        assert all(one.envelope for one in desk.back)
        desk.signing.close()

    asyncio.run(play())
    assert cores() >= 1


def test_what_cannot_be_written_comes_back_without_a_message() -> None:
    async def play() -> None:
        def write(outgoing: Outgoing) -> Envelope:
            if outgoing.id % 3 == 0:
                raise KeyError(outgoing.id)
            return envelope(outgoing)

        desk = Desk(write)
        desk.signing.put(map(waiting, range(30)))
        await desk.until(30)
        unwritten = {one.outgoing.id for one in desk.back if one.envelope is None}
        assert unwritten == set(range(0, 30, 3))
        desk.signing.close()

    asyncio.run(play())


def test_what_nobody_has_begun_can_be_withdrawn() -> None:
    async def play() -> None:
        go = threading.Event()

        def write(outgoing: Outgoing) -> Envelope:
            go.wait(10)
            return envelope(outgoing)

        desk = Desk(write, threads=1)
        desk.signing.put(map(waiting, range(100)))
        withdrawn = desk.signing.withdraw()
        begun = desk.signing.pending
        assert 0 < begun < len(withdrawn)
        assert begun + len(withdrawn) == 100
        go.set()
        await desk.until(begun)
        both = {one.outgoing.id for one in desk.back} | {one.outgoing.id for one in withdrawn}
        assert both == set(range(100))
        assert desk.signing.pending == 0
        desk.signing.close()

    asyncio.run(play())
