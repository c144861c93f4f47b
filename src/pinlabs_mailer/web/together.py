"""Several requests, one transaction: what arrives while one is written is written by the next.

A transaction, and the disk that its commit waits for, cost hardly more for twenty requests than
for one. Each is answered after the commit that has it in. If anything fails, nothing of that
transaction is kept and each request gets one of its own, so that nobody loses by another's fault.
"""

import asyncio
import logging
from collections.abc import Callable, Hashable, Sequence
from typing import Generic, NamedTuple, TypeVar

from sqlalchemy import Connection, text
from starlette.concurrency import run_in_threadpool

from pinlabs_mailer.app import App
from pinlabs_mailer.db.engine import writing

log = logging.getLogger("pinlabs_mailer.web")

MOST = 40
"""How many share a transaction, so that SQLite's one writer is not held for long."""
_NO_LONG_WAIT = text("SET LOCAL lock_timeout = '100ms'")
"""One person whom somebody else holds must not keep back the others."""

Asked = TypeVar("Asked")
Done = TypeVar("Done")


class _Waiting(NamedTuple, Generic[Asked, Done]):
    key: Hashable
    asked: Asked
    answer: "asyncio.Future[Sequence[Done]]"
    """What came of it; nothing, if it has to be done alone."""


class Together(Generic[Asked, Done]):
    """Does what requests of one kind ask for: `act` returns what came of each."""

    def __init__(
        self, app: App, act: Callable[[Connection, Sequence[Asked]], Sequence[Done]]
    ) -> None:
        self._app, self._act = app, act
        self._waiting: list[_Waiting[Asked, Done]] = []
        self._writer: asyncio.Task[None] | None = None

    async def do(self, asked: Asked, key: Hashable | None = None) -> Done:
        """Return what came of it once that is committed. No two with one key share a transaction:
        the second finds what the first has written."""
        answer: asyncio.Future[Sequence[Done]] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(answer if key is None else key, asked, answer))
        if self._writer is None:
            self._writer = asyncio.create_task(self._write())
        done = await answer or await run_in_threadpool(self._commit, [asked])
        return done[0]

    async def _write(self) -> None:
        """Write until nobody waits. While a thread commits, the loop takes further requests."""
        try:
            while self._waiting:
                some = self._next()
                done = await run_in_threadpool(self._try, [one.asked for one in some])
                for number, one in enumerate(some):
                    if not one.answer.done():  # else whoever asked was cancelled
                        one.answer.set_result(done[number : number + 1])
        finally:
            self._writer = None

    def _next(self) -> list[_Waiting[Asked, Done]]:
        """Take the first that wait, of each key one."""
        some: dict[Hashable, _Waiting[Asked, Done]] = {}
        first = self._waiting[:MOST]
        self._waiting[:MOST] = [one for one in first if some.setdefault(one.key, one) is not one]
        return list(some.values())

    def _try(self, asked: Sequence[Asked]) -> Sequence[Done]:
        try:
            return self._commit(asked, patient=False)
        except Exception as error:
            log.info("%d requests are done one by one: %s", len(asked), type(error).__name__)
            return ()

    def _commit(self, asked: Sequence[Asked], patient: bool = True) -> Sequence[Done]:
        with writing(self._app.engine) as connection:
            if not patient and connection.dialect.name == "postgresql":
                connection.execute(_NO_LONG_WAIT)
            return self._act(connection, asked)
