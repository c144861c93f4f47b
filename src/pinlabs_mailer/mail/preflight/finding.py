"""What a rule is, and what is found against it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from pinlabs_mailer.mail.preflight.reading import Mail
from pinlabs_mailer.mail.preflight.standard import Standard


class Severity(StrEnum):
    """What a finding leads to: an error stops an issue, a warning is shown."""

    ERROR = "error"
    WARNING = "warning"


class Fault(NamedTuple):
    """One thing that is not as a rule asks."""

    place: str
    what: str


Look = Callable[[Mail, Standard], Iterable[Fault]]


@dataclass(frozen=True)
class Rule:
    """One thing that is asked of a mail."""

    name: str
    item: str
    """Of docs/deliverability.md, or "" where it is our own."""
    severity: Severity
    asks: str
    """One sentence."""
    remedy: str
    look: Look

    def __str__(self) -> str:
        return f"{self.item} {self.name}".strip()


class Finding(NamedTuple):
    """A fault, with the rule it breaks."""

    rule: Rule
    place: str
    what: str

    @property
    def stops(self) -> bool:
        """Say whether an issue with it may not open."""
        return self.rule.severity is Severity.ERROR

    def __str__(self) -> str:
        return f"{self.rule.severity}: {self.rule}, {self.place}: {self.what} {self.rule.remedy}"

    def document(self) -> dict[str, str]:
        """Return it as JSON has it."""
        return {
            "rule": self.rule.name,
            "item": self.rule.item,
            "severity": self.rule.severity,
            "place": self.place,
            "what": self.what,
            "remedy": self.rule.remedy,
        }


def rule(item: str, severity: Severity, remedy: str) -> Callable[[Look], Rule]:
    """Make a rule of a function: its name is the rule's, its docstring what is asked."""

    def made(look: Look) -> Rule:
        asks = " ".join((look.__doc__ or "").split())
        name = getattr(look, "__name__", "").replace("_", "-")
        return Rule(name, item, severity, asks, remedy, look)

    return made
