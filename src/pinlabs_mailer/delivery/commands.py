"""What is said to a relay, as bytes, and what can be an answer. Pure."""

from typing import NamedTuple

from pinlabs_mailer.delivery.envelope import Envelope
from pinlabs_mailer.outbox.replies import Reply, Stage


class Offers(NamedTuple):
    """What the relay said it can do, after the last EHLO."""

    size: bool = False
    smtputf8: bool = False
    eight_bit: bool = False


def opening(envelope: Envelope, offers: Offers) -> bytes:
    """Return MAIL, RCPT and DATA in one group."""
    options = f" SIZE={len(envelope.message)}" if offers.size else ""
    if envelope.needs_smtputf8:
        options += " BODY=8BITMIME SMTPUTF8"
    elif envelope.is_eight_bit and offers.eight_bit:
        options += " BODY=8BITMIME"
    return (
        f"MAIL FROM:<{envelope.sender}>{options}\r\nRCPT TO:<{envelope.recipient}>\r\nDATA\r\n"
    ).encode()


def stuffed(envelope: Envelope) -> tuple[bytes, bytes]:
    """Return a message with its dots doubled, and the final dot (RFC 5321 section 4.5.2)."""
    message = envelope.message
    if envelope.may_have_dots:
        message = message.replace(b"\r\n.", b"\r\n..")
        if message.startswith(b"."):
            message = b"." + message
    return message, b".\r\n" if message.endswith(b"\r\n") else b"\r\n.\r\n"


def text_of(raw: bytes) -> str:
    """Return what a relay said as text, whatever it was."""
    return raw[:1000].decode("utf-8", "replace")


def is_reply(stage: Stage, code: int) -> bool:
    """Say whether a code can answer there. After the final dot, 3xx leaves everything open."""
    if 300 <= code < 400:
        return stage is Stage.DATA
    return 200 <= code < 600


def no_smtputf8() -> Reply:
    """Our own refusal of an address that this relay cannot take (RFC 6531 section 3.1)."""
    return Reply(Stage.RCPT, 553, "5.6.7 the relay takes no address beyond ASCII")
