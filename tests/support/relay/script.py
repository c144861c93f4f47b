"""What a relay offers, and where it answers other than a friendly server would."""

import ssl
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True)
class Cut:
    """Cut the connection instead of answering; with `reset`, the client sees ECONNRESET.

    After the final dot, `kept` says whether the server has the message all the same.
    """

    kept: bool = True
    reset: bool = False


@dataclass(frozen=True)
class Hang:
    """Never answer, and read nothing more, until the client goes away."""

    kept: bool = True


Answer = str | bytes | Cut | Hang
"""A reply ("450 4.2.1 Later"; a newline makes it a reply of two), raw bytes, or a fault.

The connection is closed after a reply that is, or ends with, a 421. After the final dot the
message is kept unless the answer begins with 4 or 5, or says that it is not.
"""


@dataclass(frozen=True)
class Step:
    """Where a conversation stands when the relay is about to answer.

    `verb` is CONNECT, a command, BODY (the first bytes after 354: only Cut and Hang have a
    meaning there) or END (the final dot). AUTH comes once, when the credentials are known.
    """

    verb: str
    argument: str
    count: int
    """The how manyth of this verb it is, over all connections, from 1."""
    connection: int
    """The how manyth connection, from 1."""
    taken: int
    """Messages taken on this connection so far."""
    sender: str = ""
    recipient: str = ""
    """The last one named; at RCPT the one in question."""
    data: bytes = b""
    """The message, at END."""


Rule = Callable[[Step], Answer | None]
"""Returns how to answer a step, or None for "as usual". The first rule that answers wins."""


def on(
    verb: str,
    answer: Answer,
    *,
    to: str | Collection[str] | None = None,
    every: int = 1,
    first: int | None = None,
    taken: int = 0,
) -> Rule:
    """Return the rule: at `verb`, answer so.

    Only for the recipients `to`; only each `every`-th time; only the `first` so many times;
    only once that many messages were `taken` on the connection.
    """
    recipients = {to} if isinstance(to, str) else to

    def rule(step: Step) -> Answer | None:
        meant = (
            step.verb == verb
            and (recipients is None or step.recipient in recipients)
            and step.count % every == 0
            and (first is None or step.count <= first * every)
            and step.taken >= taken
        )
        return answer if meant else None

    return rule


class Writes(StrEnum):
    """How replies are cut into writes."""

    EACH = "each"
    BYTES = "bytes"
    """One write a byte."""
    JOINED = "joined"
    """The replies to all that has arrived, in one."""


@dataclass(frozen=True)
class Script:
    """What the relay offers and how it behaves. Exchange `relay.script` to change its mind."""

    rules: tuple[Rule, ...] = ()
    pipelining: bool = True
    eight_bit: bool = True
    smtputf8: bool = True
    size: int | None = None
    tls: ssl.SSLContext | None = None
    implicit_tls: bool = False
    """With `tls`: TLS from the first byte (smtps), instead of STARTTLS."""
    users: Mapping[str, str] = field(default_factory=dict)
    """User and password. If there are any, only they may send, and with `tls` only then."""
    mechanisms: tuple[str, ...] = ("PLAIN", "LOGIN")
    latency: float = 0
    """Seconds between a command's arrival and its reply. Replies overlap, as on a long line."""
    writes: Writes = Writes.EACH
