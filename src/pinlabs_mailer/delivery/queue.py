"""The deliveries that were started and wait for a connection, written already or not."""

from collections import deque
from collections.abc import Callable, Iterable

from pinlabs_mailer.delivery.envelope import Envelope
from pinlabs_mailer.delivery.ledger import Outgoing
from pinlabs_mailer.delivery.signing import Signing, Waiting


class Queue:
    """What was put in comes out once: by `take`, or by `withdraw`.

    Messages that are signed are written in threads on their way through, and `on_ready` is
    called when some have arrived. Others are written by whoever takes them: nothing is faster.
    """

    def __init__(
        self, write: Callable[[Outgoing], Envelope], on_ready: Callable[[], None], *, signs: bool
    ) -> None:
        self._ready: deque[Waiting] = deque()
        self._on_ready = on_ready
        self._signing = Signing(write, self._signed) if signs else None

    @property
    def pending(self) -> int:
        """How many are here, ready or being signed."""
        return len(self._ready) + (self._signing.pending if self._signing else 0)

    @property
    def has_ready(self) -> bool:
        """Say whether there is one to take."""
        return bool(self._ready)

    def put(self, started: Iterable[Outgoing], now: float) -> None:
        """Take deliveries that the guard has looked at just now."""
        some = [Waiting(outgoing, now) for outgoing in started]
        if self._signing:
            self._signing.put(some)
        else:
            self._ready.extend(some)

    def take(self) -> Waiting | None:
        """Return the one that is ready for longest."""
        return self._ready.popleft() if self._ready else None

    def withdraw(self) -> list[Waiting]:
        """Return all that nobody is writing. The rest becomes ready in a moment."""
        withdrawn = list(self._ready)
        self._ready.clear()
        if self._signing:
            withdrawn += self._signing.withdraw()
        return withdrawn

    def close(self) -> None:
        """Let the threads end. Nothing may be here any more."""
        if self._signing:
            self._signing.close()

    def _signed(self, written: list[Waiting]) -> None:
        self._ready.extend(written)
        self._on_ready()
