"""A mail server on loopback that keeps what it is given and passes nothing on."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cached_property
from types import TracebackType
from typing import Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Caught:
    """One mail, as it came over the wire."""

    raw: bytes
    at: datetime

    @cached_property
    def message(self) -> EmailMessage:
        """The mail, parsed."""
        return message_from_bytes(self.raw, policy=policy.default)

    def part(self, kind: str) -> str:
        """Return the `plain` or the `html` part, empty if there is none."""
        part = self.message.get_body((kind,))
        return str(part.get_content()) if part is not None else ""


class Catcher:
    """Runs the server in a thread of its own for as long as it is entered."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._server = _OnAnyPort(self, hostname=HOST, port=0, server_hostname="catcher.localhost")
        self.mails: list[Caught] = []
        """What has come, the oldest first."""

    @property
    def url(self) -> str:
        """The address for PINLABS_SMTP_URL."""
        return f"smtp://{HOST}:{self._server.port}"

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.stop(no_assert=True)

    async def handle_DATA(  # noqa: N802 (aiosmtpd looks for this name)
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Keep a mail. aiosmtpd calls this at the end of each."""
        self.mails.append(Caught(envelope.original_content or b"", self._clock()))
        return "250 2.0.0 Caught"


class _OnAnyPort(Controller):
    """Controller waits for itself at the port it was given, which must not be 0 by then."""

    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
        super()._trigger_server()  # type: ignore[no-untyped-call]
