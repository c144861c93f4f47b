"""What a run of the pump came to, so far."""

import time
from dataclasses import dataclass, field

from pinlabs_mailer.outbox.states import Move

_COUNTED = {
    Move.ACCEPT: "accepted",
    Move.REFUSE: "failed",
    Move.DEFER: "deferred",
    Move.GIVE_UP: "expired",
    Move.LOSE: "in_doubt",
}


@dataclass
class Tally:
    """Numbers of tries by what came of them."""

    accepted: int = 0
    failed: int = 0
    deferred: int = 0
    expired: int = 0
    in_doubt: int = 0
    due: int = field(default=0, repr=False)
    """How many were due when the run began, for a progress bar."""
    began: float = field(default_factory=time.monotonic, repr=False)

    def count(self, move: Move) -> None:
        """Count what became of one try."""
        name = _COUNTED.get(move)
        if name is not None:
            setattr(self, name, getattr(self, name) + 1)

    def numbers(self) -> dict[str, int]:
        """Return the counts by name."""
        return {name: getattr(self, name) for name in _COUNTED.values()}

    @property
    def done(self) -> int:
        """How many tries have ended."""
        return sum(self.numbers().values())

    @property
    def rate(self) -> float:
        """Tries per second since the run began."""
        return self.done / max(time.monotonic() - self.began, 0.001)

    @property
    def seconds_left(self) -> float:
        """How long the rest takes at this rate."""
        return max(self.due - self.done, 0) / max(self.rate, 0.001)

    def __str__(self) -> str:
        named = [
            f"{number} {name.replace('_', ' ')}"
            for name, number in self.numbers().items()
            if number
        ]
        return ", ".join(named) or "nothing was due"
