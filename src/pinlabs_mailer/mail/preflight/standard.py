"""What a mail is measured against. What is not known is None, and is not asked."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlsplit

from pinlabs_mailer.mail.dkim import DkimKey
from pinlabs_mailer.tokens import Signer

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class SpamScore(NamedTuple):
    """What a spam filter on this machine says."""

    score: float
    reasons: tuple[str, ...]
    """The filter's own names of its rules."""


@dataclass(frozen=True)
class Standard:
    """Who we are, and what else is known of a mail before it is looked at."""

    domain: str | None = None
    """Ours: that of From."""
    base_url: str | None = None
    postal_address: str | None = None
    at: datetime | None = None
    """The moment of sending. A file may be of any age."""
    hosts: Collection[str] | None = None
    """Where links may lead, besides our own hosts."""
    said: Collection[str] = ()
    """Texts from outside, such as titles: what looks like a leftover there is meant."""
    subscribed: bool | None = None
    """Whether it is a mail that people subscribed to; None: as its header says."""
    signer: Signer | None = field(default=None, repr=False)
    dkim: DkimKey | None = None
    """What it must be signed with."""
    spam: SpamScore | None = None

    @property
    def host(self) -> str:
        """The host of our pages."""
        return host_of(self.base_url or "")

    def is_rehearsal(self, url: str) -> bool:
        """Say whether http and a port are allowed: our pages are on this machine, as in a demo."""
        return self.host in _LOOPBACK and host_of(url) in _LOOPBACK

    def is_ours(self, host: str) -> bool:
        """Say whether a host is that of our pages, our domain or below it."""
        if host == self.host:
            return True
        return bool(self.domain) and f".{host}".endswith(f".{self.domain}")


def host_of(url: str) -> str:
    """Return the host of an address in lower case, or ""."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:  # half an IPv6 address in brackets
        return ""
