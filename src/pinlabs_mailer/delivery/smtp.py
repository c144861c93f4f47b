"""One SMTP conversation with the relay. The only module that knows aiosmtplib.

Bytes go out as they are: aiosmtplib's own message handling would flatten and fold them again.
"""

import ssl
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import aiosmtplib
from aiosmtplib.response import SMTPResponse

from pinlabs_mailer.errors import ConfigurationError, RelayAway, RunStopped
from pinlabs_mailer.outbox.replies import Action, Stage, Verdict, judge
from pinlabs_mailer.settings import Relay

T = TypeVar("T")
_COMMAND_TIMEOUT = 60.0
_FINAL_DOT_TIMEOUT = 600.0  # RFC 5321 section 4.5.3.2.6


class Envelope(NamedTuple):
    """What the relay is told beside the message itself."""

    sender: str
    recipient: str
    message: bytes


@dataclass(frozen=True)
class Reply:
    """The word that decided one delivery."""

    stage: Stage
    code: int
    text: str

    @property
    def verdict(self) -> Verdict:
        """What follows from it."""
        return judge(self.stage, self.code, self.text)

    def __str__(self) -> str:
        return f"{self.code} {self.text}"


class ConnectionLost(Exception):
    """The relay went away. `in_doubt`: it may have taken the message first."""

    def __init__(self, what: str, *, in_doubt: bool) -> None:
        super().__init__(what)
        self.in_doubt = in_doubt


@dataclass(frozen=True)
class Account:
    """How to reach the relay."""

    relay: Relay
    helo: str | None = None
    ca_file: str | None = None


class Session:
    """A connection that is open, secured and logged in."""

    def __init__(self, client: aiosmtplib.SMTP) -> None:
        self._client = client

    @classmethod
    async def open(cls, account: Account) -> "Session":
        """Connect, or raise RelayAway (nobody answers) or RunStopped (the login is refused)."""
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
            timeout=_COMMAND_TIMEOUT,
        )
        try:
            await client.connect()
            if not client.is_ehlo_or_helo_needed:
                return cls(client)
            await client.ehlo()
        except aiosmtplib.SMTPAuthenticationError as error:
            client.close()
            raise RunStopped(
                f"The relay {relay.host} refused the login: {error.code} {error.message}",
                "Check user and password in PINLABS_SMTP_URL. Nothing was sent or lost.",
            ) from error
        except (aiosmtplib.SMTPException, OSError) as error:
            client.close()
            raise RelayAway(
                f"The relay {relay.host}:{relay.port} cannot be used: {error}",
                "Nothing is lost. Run the command again when it answers.",
            ) from error
        return cls(client)

    async def send(self, envelope: Envelope) -> Reply:
        """Deliver one message; return the reply that decided it.

        Raises ConnectionLost when no reply came.
        """
        options = ["SMTPUTF8"] if not envelope.recipient.isascii() else []
        if options and not self._client.supports_extension("smtputf8"):
            return Reply(Stage.RCPT, 553, "5.6.7 the relay takes no address beyond ASCII")
        if self._client.supports_extension("size"):
            options.append(f"SIZE={len(envelope.message)}")
        encoding = "utf-8" if not envelope.recipient.isascii() else "ascii"
        mail = await _reply(
            Stage.MAIL, self._client.mail(envelope.sender, options=options, encoding=encoding)
        )
        if mail.code >= 400:
            return await self._give_up(mail)
        rcpt = await _reply(Stage.RCPT, self._client.rcpt(envelope.recipient, encoding=encoding))
        if rcpt.code >= 400:
            return await self._give_up(rcpt)
        return await _reply(
            Stage.BODY, self._client.data(envelope.message, timeout=_FINAL_DOT_TIMEOUT)
        )

    async def _give_up(self, reply: Reply) -> Reply:
        """Clear the transaction, so that the next message starts clean."""
        if reply.verdict.action not in (Action.REQUEUE, Action.STOP):
            await _reply(Stage.MAIL, self._client.rset())
        return reply

    async def close(self) -> None:
        """Say goodbye, if the relay still listens."""
        try:
            await self._client.quit(timeout=5)
        except (aiosmtplib.SMTPException, OSError):
            self._client.close()


async def _reply(stage: Stage, command: Awaitable[SMTPResponse]) -> Reply:
    try:
        response = await command
    except aiosmtplib.SMTPResponseException as error:
        return Reply(stage, error.code, error.message)
    except (aiosmtplib.SMTPException, OSError) as error:
        raise ConnectionLost(
            str(error) or type(error).__name__, in_doubt=stage is Stage.BODY
        ) from error
    return Reply(stage, response.code, response.message)


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
