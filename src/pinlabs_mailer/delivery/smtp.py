"""Opening a connection to the relay. The only module that knows aiosmtplib.

aiosmtplib connects, secures (STARTTLS required or TLS from the first byte), logs in and says
EHLO. If the relay offers PIPELINING its transport is then handed to a `Pipeline`; if not,
`OneByOne` speaks through aiosmtplib. Bytes go out as they are: its own message handling would
flatten and fold them again.
"""

import asyncio
import ssl
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import NamedTuple

import aiosmtplib
from aiosmtplib.response import SMTPResponse

from pinlabs_mailer.delivery.commands import Offers, is_reply, no_smtputf8, stuffed
from pinlabs_mailer.delivery.envelope import Envelope, Fate, Feed, Job, Lost
from pinlabs_mailer.delivery.pipeline import Limits, Pipeline
from pinlabs_mailer.errors import ConfigurationError, RelayAway, RunStopped
from pinlabs_mailer.outbox.replies import Action, Reply, Stage
from pinlabs_mailer.settings import Relay

_CONNECT_SECONDS = 60.0
_DEFAULT_LIMITS = Limits()


@dataclass(frozen=True)
class Account:
    """How to reach the relay."""

    relay: Relay
    helo: str | None = None
    ca_file: str | None = None
    limits: Limits = _DEFAULT_LIMITS


class Welcome(NamedTuple):
    """What a relay says of itself, and to the names of a sender and a recipient."""

    name: str
    """The name it greets with."""
    tls: str
    """The version of TLS, "" without it."""
    certificate_ends: str | None
    replies: tuple[Reply, ...]


async def connect(account: Account, feed: Feed) -> "Pipeline | OneByOne":
    """Return a connection that is ready to carry mail.

    Raises RelayAway when nobody answers, and RunStopped when the login is refused.
    """
    client = await _opened(account, _CONNECT_SECONDS)
    if client.supports_extension("pipelining") and isinstance(client.transport, asyncio.Transport):
        named = ("size", "smtputf8", "8bitmime")
        offers = Offers(*map(client.supports_extension, named))
        pipeline = Pipeline(client.transport, feed, offers, account.limits)
        client.transport.set_protocol(pipeline)
        return pipeline
    return OneByOne(client, feed, account.limits)


async def visit(account: Account, sender: str, recipient: str, seconds: float) -> Welcome:
    """Connect as `connect` does, name a sender and a recipient, and take both back.

    Nothing is sent. An answer may take so many seconds. Raises as `connect` does.
    """
    client = await _opened(account, seconds)
    greeting = client.last_ehlo_response
    tls = client.get_transport_info("ssl_object")
    ends = tls.getpeercert().get("notAfter") if tls else None
    try:
        replies = [await _reply(Stage.MAIL, client.mail(sender), seconds)]
        if replies[-1].code < 300:
            replies.append(await _reply(Stage.RCPT, client.rcpt(recipient), seconds))
        await _reply(Stage.MAIL, client.rset(), seconds)
        await client.quit()
    except (aiosmtplib.SMTPException, OSError) as error:
        raise RelayAway(
            f"The relay {account.relay.host} ended the conversation: {error}", _AGAIN
        ) from error
    finally:
        client.close()
    name = (greeting.message.split() or [""])[0] if greeting else ""
    return Welcome(name, tls.version() if tls else "", ends, tuple(replies))


_AGAIN = "Nothing is lost. Run the command again when it answers."


async def _opened(account: Account, seconds: float) -> aiosmtplib.SMTP:
    relay = account.relay
    client = aiosmtplib.SMTP(
        hostname=relay.host,
        port=relay.port,
        use_tls=relay.security == "tls",
        start_tls=relay.security == "starttls",
        username=relay.username,
        password=relay.password,
        local_hostname=account.helo,
        tls_context=_tls_context(account),
        timeout=seconds,
    )
    try:
        await client.connect()
        if client.is_ehlo_or_helo_needed:
            await _greet(client)
    except asyncio.CancelledError:
        client.close()
        raise
    except aiosmtplib.SMTPAuthenticationError as error:
        client.close()
        if 400 <= error.code < 500:
            raise RelayAway(f"The relay {relay.host} cannot check logins now.", _AGAIN) from error
        raise RunStopped(
            f"The relay {relay.host} refused the login: {error.code} {error.message}",
            "Check user and password in PINLABS_SMTP_URL. Nothing was sent or lost.",
        ) from error
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:
        client.close()
        raise RelayAway(
            f"The relay {relay.host}:{relay.port} cannot be used: {error}", _AGAIN
        ) from error
    return client


async def _greet(client: aiosmtplib.SMTP) -> None:
    try:
        await client.ehlo()
    except aiosmtplib.SMTPHeloError:
        await client.helo()


class OneByOne:
    """A connection to a relay without PIPELINING: five round trips a message, by the book."""

    def __init__(self, client: aiosmtplib.SMTP, feed: Feed, limits: Limits) -> None:
        self._client, self._feed, self._limits = client, feed, limits
        client.timeout = None  # `_reply` keeps the deadlines: a final dot may take ten minutes
        self._opened = asyncio.get_running_loop().time()
        self._woken = asyncio.Event()
        self._busy = False
        self._leaving = False
        self.overdue = False  # it keeps its deadlines by itself
        self.closed = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._carry())

    @property
    def idle(self) -> bool:
        """Say whether it could take a delivery."""
        return not self._busy and not self._leaving

    def wake(self) -> None:
        """Take a delivery, if there is one and nothing is under way."""
        self._woken.set()

    def leave(self) -> None:
        """Take no more; close when what is under way has been answered."""
        self._leaving = True
        self._woken.set()

    def abort(self, why: str) -> None:
        """Close at once."""
        self._task.cancel(why)
        self._client.close()

    async def _carry(self) -> None:
        try:
            for _ in range(self._limits.messages):
                job = None if self._is_old() else await self._next()
                if job is None:
                    break
                self._busy = True
                if not await self._deliver(job):
                    return
                self._busy = False
            await self._client.quit(timeout=5)
        except (aiosmtplib.SMTPException, OSError):
            pass  # nothing was under way
        finally:
            self._leaving = True
            self._client.close()
            if not self.closed.done():
                self.closed.set_result(None)

    def _is_old(self) -> bool:
        return asyncio.get_running_loop().time() - self._opened > self._limits.age

    async def _next(self) -> Job | None:
        while not self._leaving:
            self._woken.clear()
            job = self._feed.take()
            if job is not None:
                return job
            await self._woken.wait()
        return None

    async def _deliver(self, job: Job) -> bool:
        """Carry one message; say whether the connection is still of use."""
        at = Stage.MAIL
        try:
            reply = await self._open(job.envelope)
            if reply.stage is Stage.DATA and reply.code == 354:
                at = Stage.BODY
                reply = await self._reply(at, self._body(job.envelope))
        except asyncio.CancelledError:
            self._feed.lost(job, Lost(_fate(at), "stopped"))
            raise
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            self._feed.lost(job, Lost(_fate(at), str(error) or type(error).__name__))
            return False
        self._feed.replied(job, reply)
        if reply.code == 421 or reply.verdict().action is Action.STOP:
            return False
        if reply.code >= 300:
            await self._reply(Stage.MAIL, self._client.rset())
        return True

    async def _open(self, envelope: Envelope) -> Reply:
        """Say MAIL, RCPT and DATA; return the answer to DATA, or the first word against it."""
        client = self._client
        options, encoding = [], "ascii"
        if envelope.needs_smtputf8:
            if not client.supports_extension("smtputf8"):
                return no_smtputf8()
            options, encoding = ["BODY=8BITMIME", "SMTPUTF8"], "utf-8"
        elif envelope.is_eight_bit and client.supports_extension("8bitmime"):
            options.append("BODY=8BITMIME")
        if client.supports_extension("size"):
            options.append(f"SIZE={len(envelope.message)}")
        mail = client.mail(envelope.sender, options=options, encoding=encoding)
        reply = await self._reply(Stage.MAIL, mail)
        if reply.code >= 300:
            return reply
        rcpt = client.rcpt(envelope.recipient, encoding=encoding)
        reply = await self._reply(Stage.RCPT, rcpt)
        if reply.code >= 300:
            return reply
        return await self._reply(Stage.DATA, client.execute_command(b"DATA"))

    async def _body(self, envelope: Envelope) -> SMTPResponse:
        """Send the body apart from DATA: only then is it known which of the two was cut off."""
        protocol = self._client.protocol
        if protocol is None:
            raise aiosmtplib.SMTPServerDisconnected("the relay closed the connection")
        protocol.write(b"".join(stuffed(envelope)))
        return await protocol.read_response()

    async def _reply(self, stage: Stage, command: Awaitable[SMTPResponse]) -> Reply:
        limits = self._limits
        return await _reply(
            stage, command, limits.final_dot if stage is Stage.BODY else limits.reply
        )


async def _reply(stage: Stage, command: Awaitable[SMTPResponse], seconds: float) -> Reply:
    try:
        async with asyncio.timeout(seconds):
            response = await command
        reply = Reply(stage, response.code, response.message)
    except aiosmtplib.SMTPResponseException as error:
        reply = Reply(stage, error.code, error.message)
    if not is_reply(stage, reply.code):
        raise aiosmtplib.SMTPServerDisconnected(f"the relay sent what is no reply: {reply}")
    return reply


def _fate(at: Stage) -> Fate:
    return Fate.IN_DOUBT if at is Stage.BODY else Fate.NOT_SENT


def _tls_context(account: Account) -> ssl.SSLContext | None:
    if account.relay.security == "none":
        return None
    try:
        return ssl.create_default_context(cafile=account.ca_file)
    except OSError as error:
        raise ConfigurationError(
            f"PINLABS_SMTP_CA names {account.ca_file}, which cannot be read: {error}.",
            "Name a file with the certificates of your authority, in PEM form.",
        ) from error
