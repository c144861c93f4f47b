"""What became of each row, and the numbers that add up. Pure."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from pinlabs_mailer.db.words import ConsentChange


class Outcome(StrEnum):
    """What became of a row; each has exactly one."""

    ADDED = "added"
    """A person who was not known is now, or an address is suppressed that was not."""
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    LEFT_OUT = "left_out"
    """The row is in order, but the person must not be taken in: suppressed, withdrawn, erased."""
    REFUSED = "refused"
    """The row is not in order."""

    __hash__ = str.__hash__  # each row is counted by it; Enum's own is slow


class Fate(NamedTuple):
    """What became of one row, and why."""

    line: int
    email: str
    outcome: Outcome
    reason: str = ""


@dataclass
class Summary:
    """An import in numbers: rows = added + changed + unchanged + left_out + refused, always."""

    outcomes: Counter[Outcome] = field(default_factory=Counter)
    changes: Counter[ConsentChange] = field(default_factory=Counter)
    suppressed: int = 0
    confirmations: int = 0
    """Mails that ask for confirmation and now wait in the outbox."""

    @property
    def rows(self) -> int:
        """Rows that were looked at."""
        return self.outcomes.total()

    @property
    def not_taken(self) -> int:
        """Rows of which nothing was taken in."""
        return self.outcomes[Outcome.LEFT_OUT] + self.outcomes[Outcome.REFUSED]

    def as_numbers(self) -> dict[str, int]:
        """Return all numbers, by name."""
        return {
            "rows": self.rows,
            **{one.value: self.outcomes[one] for one in Outcome},
            "confirmed": self.changes[ConsentChange.IMPORTED],
            "pending": self.changes[ConsentChange.REQUESTED],
            "withdrawn": self.changes[ConsentChange.WITHDRAWN],
            "suppressed": self.suppressed,
            "confirmations": self.confirmations,
        }
