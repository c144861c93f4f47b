"""Sending one message outside the outbox, one that counts for nobody: a test mail, a letter that
is passed on."""

import asyncio

from pinlabs_mailer.delivery.envelope import Envelope, Job, Lost
from pinlabs_mailer.delivery.smtp import Account, connect
from pinlabs_mailer.errors import RelayAway
from pinlabs_mailer.outbox.replies import Reply


async def send_one(account: Account, envelope: Envelope) -> Reply:
    """Return the relay's word on one message; raise RelayAway if it has none in time."""
    feed = _OneJob(envelope)
    connection = await connect(account, feed)
    connection.wake()
    try:
        async with asyncio.timeout(account.limits.reply + account.limits.final_dot):
            return await feed.answer
    except TimeoutError as error:
        connection.abort("no answer in time")
        raise RelayAway(f"The relay {account.relay.host} does not answer.", _AGAIN) from error
    finally:
        connection.leave()
        await asyncio.wait([connection.closed], timeout=10)
        if not connection.closed.done():  # it has answered what it was asked, but not QUIT
            connection.abort("no answer to QUIT")


_AGAIN = "Try again."


class _OneJob:
    """A feed with a single message in it."""

    def __init__(self, envelope: Envelope) -> None:
        self._job: Job | None = Job(0, envelope)
        self.answer: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()

    def take(self) -> Job | None:
        job, self._job = self._job, None
        return job

    def replied(self, _job: Job, reply: Reply) -> None:
        self.answer.set_result(reply)

    def lost(self, _job: Job, lost: Lost) -> None:
        self._fail(lost.why)

    def hung_up(self, why: str) -> None:
        self._fail(why)

    def _fail(self, why: str) -> None:
        if not self.answer.done():
            self.answer.set_exception(RelayAway(f"The relay hung up: {why}", _AGAIN))
