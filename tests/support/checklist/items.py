"""What an item of the checklist is, and all of them by name."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from tests.support.checklist.reading import is_loopback


@dataclass(frozen=True)
class Expected:
    """What a message is measured against."""

    recipient: str
    """The address in the envelope."""
    from_name: str
    domain: str
    """Ours: that of From and Message-ID."""
    base_url: str
    at: datetime
    """About when it was sent."""
    postal_address: str
    others: Collection[str] = ()
    """Addresses of other people, which must be nowhere in the bytes."""
    list_mail: bool = True
    """A mail that people subscribed to, as against a confirmation."""

    @property
    def loopback(self) -> bool:
        """Say whether http and ports are allowed."""
        return is_loopback(self.base_url)


Check = Callable[[bytes, Expected], None]
CHECKS: dict[str, Check] = {}
LIST_MAIL_ONLY = frozenset({"m13", "m14", "m15", "m17", "m18"})


def check(raw: bytes, expected: Expected) -> None:
    """Assert every item that applies; tell all that do not hold."""
    faults = []
    for name, one in sorted(CHECKS.items()):
        if expected.list_mail or name not in LIST_MAIL_ONLY:
            try:
                one(raw, expected)
            except (AssertionError, ValueError) as error:
                faults.append(f"{name}: {error}")
    assert not faults, "\n".join(faults)


def item(one: Check) -> Check:
    """Enter a check under its name."""
    CHECKS[one.__name__] = one
    return one
