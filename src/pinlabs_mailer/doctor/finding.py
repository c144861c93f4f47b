"""What a check has found: the state of one thing, what was seen, and what to do about it. Pure."""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

_LONGEST = 300


class State(StrEnum):
    """How one thing stands."""

    OK = "ok"
    WARNING = "warning"
    """Mail goes out, and some of it may be thought less of."""
    ERROR = "error"
    """Mail would be refused, lost or not be sent."""
    UNKNOWN = "unknown"
    """It could not be looked at; the remedy says what is missing."""


class Finding(NamedTuple):
    """One thing that was looked at. `name` is constant: scripts may watch for it."""

    name: str
    state: State
    seen: str
    remedy: str = ""
    rule: str = ""
    """Where it is asked for: an item of docs/deliverability.md, an RFC."""
    configuration: bool = False
    """Whether the settings or the database must be put right before anything can be sent."""

    def without(self, secrets: Iterable[str]) -> "Finding":
        """Return the finding with every secret in it blotted out, cut to a readable length."""
        return self._replace(
            seen=_blotted(self.seen, secrets), remedy=_blotted(self.remedy, secrets)
        )


class Topic(NamedTuple):
    """One thing to look at and the rule behind it; makes findings of its name."""

    name: str
    rule: str

    def ok(self, seen: str) -> Finding:
        """As it should be."""
        return Finding(self.name, State.OK, seen, "", self.rule)

    def warning(self, seen: str, remedy: str) -> Finding:
        """Not as it should be, and no reason to stop."""
        return Finding(self.name, State.WARNING, seen, remedy, self.rule)

    def error(self, seen: str, remedy: str, configuration: bool = False) -> Finding:
        """A reason to send nothing."""
        return Finding(self.name, State.ERROR, seen, remedy, self.rule, configuration)

    def unknown(self, seen: str, remedy: str) -> Finding:
        """It could not be looked at."""
        return Finding(self.name, State.UNKNOWN, seen, remedy, self.rule)

    def judged(self, wrong: str, seen: str, remedy: str) -> Finding:
        """A warning if something is `wrong`, else fine."""
        return self.warning(wrong, remedy) if wrong else self.ok(seen)


def quoted(text: str, longest: int = 120) -> str:
    """Return what somebody else wrote as one short line of ASCII."""
    plain = "".join(c if c.isascii() and c.isprintable() else "?" for c in text)
    return plain if len(plain) <= longest else f"{plain[: longest - 3]}..."


def listed(names: Iterable[object], most: int = 4) -> str:
    """Return some names with commas between them, and how many more there are."""
    every = [str(name) for name in names]
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(every[:most]) + more


def _blotted(text: str, secrets: Iterable[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, "(hidden)")
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
