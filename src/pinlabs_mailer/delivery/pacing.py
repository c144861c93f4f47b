"""How fast, to whom. Pure: the moment is an argument, in seconds of any steady clock.

Off unless the operator sets a rate, or a destination asks for less. A destination is the
organisation that takes a domain's mail, where the operator names it, else the domain: providers
count by organisation (item O4). Whoever asks for less gets a pause and then one connection; each
delivery that it accepts widens the way again, step by step (item O3).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

_FIRST_PAUSE = 60.0
_LONGEST_PAUSE = 600.0
_WIDE = 100.0
"""Connections at which a way is as wide as if nothing had ever been said."""


@dataclass
class Bucket:
    """A token bucket: `rate` a second, and at most one second's worth at once."""

    rate: float
    _tokens: float = field(init=False)
    _filled_at: float | None = None

    def __post_init__(self) -> None:
        self._tokens = max(self.rate, 1.0)

    def available(self, now: float) -> float:
        """Return how many may go now."""
        if self._filled_at is not None:
            grown = self._tokens + (now - self._filled_at) * self.rate
            self._tokens = min(grown, max(self.rate, 1.0))
        self._filled_at = now
        return self._tokens

    def take(self) -> None:
        """Use one."""
        self._tokens -= 1

    def wait(self) -> float:
        """Return in how many seconds one may go."""
        return max(0.0, (1 - self._tokens) / self.rate)


@dataclass
class Way:
    """The way to one destination."""

    bucket: Bucket | None
    under_way: int = 0
    width: float = _WIDE
    """Deliveries at once."""
    closed_until: float = 0.0
    pause: float = _FIRST_PAUSE

    def wait(self, now: float) -> float:
        """Return in how many seconds a delivery may go; 0 is now."""
        if now < self.closed_until:
            return self.closed_until - now
        if self.under_way >= self.width:
            return 1.0
        if self.bucket is not None and self.bucket.available(now) < 1:
            return self.bucket.wait()
        return 0.0

    def narrow(self, now: float) -> None:
        """Take note that the destination asked for less."""
        if now >= self.closed_until:  # what was under way says the same again: that counts once
            self.closed_until = now + self.pause
            self.pause = min(self.pause * 2, _LONGEST_PAUSE)
        self.width = 1.0

    def widen(self) -> None:
        """Take note of an acceptance."""
        if self.width < _WIDE:
            self.width += 1 / self.width
        if self.width > 4:
            self.pause = _FIRST_PAUSE


@dataclass
class Pacing:
    """All ways, and the rate over all of them."""

    overall: float | None = None
    rates: Mapping[str, float] = field(default_factory=dict)
    """Deliveries a second by destination; `*` is for those not named."""
    organisations: Mapping[str, str] = field(default_factory=dict)
    """Who takes the mail of a domain."""

    def __post_init__(self) -> None:
        self._bucket = Bucket(self.overall) if self.overall else None
        self._ways: dict[str, Way] = {}
        self._provoked = False

    @property
    def by_destination(self) -> bool:
        """Say whether destinations have to be told apart at all."""
        return bool(self.rates) or self._provoked

    def room(self, wanted: int, now: float) -> int:
        """Return how many of the wanted deliveries the overall rate allows."""
        if self._bucket is None:
            return wanted
        return min(wanted, int(self._bucket.available(now)))

    def started(self, number: int) -> None:
        """Take note of deliveries that were started."""
        if self._bucket is not None:
            for _ in range(number):
                self._bucket.take()

    def wait(self, address: str, now: float) -> float:
        """Return in how many seconds a delivery to this address may go."""
        return self._way(address).wait(now)

    def departs(self, address: str) -> None:
        """Take note that a delivery goes on the wire."""
        way = self._way(address)
        way.under_way += 1
        if way.bucket is not None:
            way.bucket.take()

    def arrived(self, address: str, *, accepted: bool, slow_down: bool, now: float) -> None:
        """Take note of what came of a delivery that had departed."""
        if slow_down:
            self._provoked = True
        way = self._way(address)
        way.under_way = max(0, way.under_way - 1)
        if slow_down:
            way.narrow(now)
        elif accepted:
            way.widen()

    def _way(self, address: str) -> Way:
        domain = address.rpartition("@")[2].lower()
        name = self.organisations.get(domain, domain)
        way = self._ways.get(name)
        if way is None:
            rate = self.rates.get(name, self.rates.get("*"))
            way = self._ways[name] = Way(Bucket(rate) if rate else None)
        return way
