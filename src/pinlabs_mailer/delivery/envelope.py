"""What passes between the pump and a connection: deliveries there, replies back."""

from enum import Enum, auto
from typing import NamedTuple, Protocol

from pinlabs_mailer.outbox.replies import Reply


class Envelope(NamedTuple):
    """What the relay is told beside the message, and the message."""

    sender: str
    recipient: str
    message: bytes
    may_have_dots: bool = True
    """Whether a line may begin with a dot, which SMTP wants doubled. Ours never do, because
    quoted-printable encodes them (`mail.slots`), and looking for them takes its time."""
    is_eight_bit: bool = False
    """Whether it has bytes beyond ASCII, as what others wrote may; ours has none (RFC 6152)."""

    @property
    def needs_smtputf8(self) -> bool:
        """Say whether an address goes beyond ASCII (RFC 6531)."""
        return not (self.sender.isascii() and self.recipient.isascii())


class Job(NamedTuple):
    """A delivery on its way through a connection."""

    delivery_id: int
    envelope: Envelope


class Fate(Enum):
    """What can be said of a delivery whose connection ended before the deciding reply."""

    NOT_SENT = auto()
    IN_DOUBT = auto()


class Lost(NamedTuple):
    """A connection ended."""

    fate: Fate
    why: str


class Feed(Protocol):
    """Where a connection gets its work and says what came of it."""

    def take(self) -> Job | None:
        """Return the next delivery, None if there is none now."""

    def replied(self, job: Job, reply: Reply) -> None:
        """Take the reply that decided a delivery."""

    def lost(self, job: Job, lost: Lost) -> None:
        """Take back a delivery that got no deciding reply."""

    def hung_up(self, why: str) -> None:
        """Take note that a connection ended while nothing was under way."""
