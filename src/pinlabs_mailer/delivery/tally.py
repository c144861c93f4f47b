"""What a run of the pump came to, so far."""

import time
from collections import Counter
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

    moves: Counter[Move] = field(default_factory=Counter)
    refused_us: Counter[str] = field(default_factory=Counter)
    """Refusals that are no recipient's fault but ours, by their reason."""
    due: int = field(default=0, repr=False)
    """How many were due when the run began, for a progress bar."""
    began: float = field(default_factory=time.monotonic, repr=False)

    def count(self, move: Move) -> None:
        """Count what became of one try."""
        self.moves[move] += 1

    def count_refusal_of_us(self, reason: str) -> None:
        """Count a mail that was refused for good because of us."""
        self.refused_us[reason] += 1

    def numbers(self) -> dict[str, int]:
        """Return the counts by name."""
        return {name: self.moves[move] for move, name in _COUNTED.items()}

    @property
    def accepted(self) -> int:
        """How many the relay has taken."""
        return self.moves[Move.ACCEPT]

    @property
    def lost(self) -> int:
        """How many were refused or given up for good."""
        return self.moves[Move.REFUSE] + self.moves[Move.GIVE_UP]

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
