"""What a relay remembers of its conversations. Shared by the threads that have them."""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Message:
    """A message that the relay has taken responsibility for."""

    sender: str
    recipients: tuple[str, ...]
    params: tuple[str, ...]
    """What stood behind the sender: BODY=8BITMIME, SMTPUTF8, SIZE=..."""
    data: bytes
    """As it came, after the doubled dots were made single."""
    connection: int
    secured: bool
    user: str
    answered: bool
    """Whether a reply of 250 was sent; if not, the client cannot know that it was taken."""

    @property
    def recipient(self) -> str:
        """The only recipient."""
        (only,) = self.recipients
        return only


@dataclass(eq=False, repr=False)
class Record:
    """The messages, and how the clients behaved."""

    messages: list[Message] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    """Every command line of every connection, as it came."""
    pipelined: int = 0
    """Commands after which the client sent on without waiting."""
    connections: int = 0
    connections_now: int = 0
    connections_max: int = 0
    _counts: Counter[str] = field(default_factory=Counter)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def count(self, verb: str) -> int:
        """Count a step of that verb, and return the how manyth it is."""
        with self._changed:
            self._counts[verb] += 1
            return self._counts[verb]

    def opened(self) -> int:
        """Note a new connection, and return its number."""
        with self._changed:
            self.connections += 1
            self.connections_now += 1
            self.connections_max = max(self.connections_max, self.connections_now)
            return self.connections

    def closed(self) -> None:
        """Note that a connection has ended."""
        with self._changed:
            self.connections_now -= 1
            self._changed.notify_all()

    def take(self, message: Message) -> None:
        """Keep a message."""
        with self._changed:
            self.messages.append(message)
            self._changed.notify_all()

    def wait(self, reached: Callable[[], bool], seconds: float) -> bool:
        """Wait until something is true that messages or closed connections make true."""
        with self._changed:
            return self._changed.wait_for(reached, seconds)
