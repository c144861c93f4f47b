"""How many confirmation mails may be caused: by whom, to whom, and in all (items A1, A2, A13).

The rules are pure and stand first. The counters are rows, so all processes count together and a
restart forgets nothing; what they are about is kept as a keyed hash. Only mails are counted: a
request that causes none takes nothing from anybody. Whoever counts holds `sign_ups.alone`.

A counter begins with the first mail and begins anew when its time is over. Then its row goes, so
the table holds no more than was mailed within a year.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import IPv6Address, ip_address
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from pinlabs_mailer.db.among import is_among
from pinlabs_mailer.db.insert import insert_new
from pinlabs_mailer.db.tables import sign_up_limit

HOUR, DAY, YEAR = timedelta(hours=1), timedelta(days=1), timedelta(days=365)
FORM_LIVES = timedelta(hours=4)


class Scope(StrEnum):
    """What a counter is about; the letter begins its subject."""

    STOPPED = "s"
    """Not counted: somebody asked for no more of these mails."""
    FORM = "f"
    ADDRESS_IN_A_DAY = "d"
    ADDRESS_IN_A_YEAR = "y"
    DOMAIN = "m"
    NETWORK = "n"
    ALL = "a"


class Cap(NamedTuple):
    """At most so many mails within so long."""

    scope: Scope
    subject: str
    most: int
    window: timedelta


class Counter(NamedTuple):
    """What was used, and until when it counts; None: for ever."""

    used: int
    until: datetime | None

    def counts(self, now: datetime) -> bool:
        """Say whether its time is not over."""
        return self.until is None or now < self.until


def reached(cap: Cap, counter: Counter | None, now: datetime) -> bool:
    """Say whether nothing is left."""
    return counter is not None and counter.counts(now) and counter.used >= cap.most


def one_more(cap: Cap, counter: Counter | None, now: datetime) -> Counter:
    """Return the counter after one more mail."""
    if counter is None or not counter.counts(now):
        return Counter(1, now + cap.window)
    return counter._replace(used=counter.used + 1)


def network_of(address: str) -> str:
    """Return the network that an address stands for: its /24, or its /64; "" if it is none."""
    try:
        given = ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(given, IPv6Address) and given.ipv4_mapped is None:
        return ":".join(given.exploded.split(":")[:4])
    plain = given.ipv4_mapped if isinstance(given, IPv6Address) else given
    return str(plain).rpartition(".")[0]


def roughly(address: str) -> str:
    """Return a network address as a stranger may be told it: 203.0.113.x (item A7)."""
    network = network_of(address)
    if not network:
        return ""
    return f"{network}.x" if "." in network else f"{network}:x"


@dataclass(frozen=True)
class Limits:
    """The caps in force."""

    hide: Callable[[str], str]
    """Makes the keyed hash of an address, a network, a domain."""
    ceiling: int
    per_domain: int
    per_network: int

    def caps(self, key: str, network: str, form: str) -> list[Cap]:
        """Return what a mail to the address with this key counts against."""
        domain, near = key.rpartition("@")[2], network_of(network)
        caps = [
            Cap(Scope.FORM, self._subject(Scope.FORM, form), 1, FORM_LIVES),
            Cap(Scope.ADDRESS_IN_A_DAY, self._subject(Scope.ADDRESS_IN_A_DAY, key), 1, DAY),
            Cap(Scope.ADDRESS_IN_A_YEAR, self._subject(Scope.ADDRESS_IN_A_YEAR, key), 3, YEAR),
            Cap(Scope.DOMAIN, self._subject(Scope.DOMAIN, domain), self.per_domain, HOUR),
            self.overall,
        ]
        if near:
            subject = self._subject(Scope.NETWORK, near)
            caps.append(Cap(Scope.NETWORK, subject, self.per_network, HOUR))
        return caps

    @property
    def overall(self) -> Cap:
        """The ceiling, above which sign-ups pause."""
        return Cap(Scope.ALL, Scope.ALL.value, self.ceiling, HOUR)

    def stopped(self, key: str) -> str:
        """Return the subject of the row that stops all mail of this sort to an address."""
        return self._subject(Scope.STOPPED, key)

    def of_address(self, key: str) -> list[str]:
        """Return the subjects of every row that is about one address."""
        scopes = (Scope.STOPPED, Scope.ADDRESS_IN_A_DAY, Scope.ADDRESS_IN_A_YEAR)
        return [self._subject(scope, key) for scope in scopes]

    def _subject(self, scope: Scope, what: str) -> str:
        return scope.value + self.hide(f"{scope.value}:{what}")


def admit(
    connection: Connection, limits: Limits, key: str, network: str, form: str, now: datetime
) -> Scope | None:
    """Count one more mail against all caps and return None, or count nothing and say which is
    reached."""
    caps = limits.caps(key, network, form)
    stopped = limits.stopped(key)
    found = _counters(connection, [stopped, *(cap.subject for cap in caps)])
    if stopped in found:
        return Scope.STOPPED
    for cap in caps:
        if reached(cap, found.get(cap.subject), now):
            return cap.scope
    _write(connection, found, {c.subject: one_more(c, found.get(c.subject), now) for c in caps})
    return None


def paused_until(connection: Connection, limits: Limits, now: datetime) -> datetime | None:
    """Return until when sign-ups pause, None if they do not."""
    found = _counters(connection, [limits.overall.subject]).get(limits.overall.subject)
    return found.until if found and reached(limits.overall, found, now) else None


def used(connection: Connection, limits: Limits, now: datetime) -> int:
    """Return how many mails count towards the ceiling."""
    found = _counters(connection, [limits.overall.subject]).get(limits.overall.subject)
    return found.used if found and found.counts(now) else 0


def resume(connection: Connection, limits: Limits) -> None:
    """Count towards the ceiling anew, so that a pause is over."""
    _remove(connection, [limits.overall.subject])


def stop(connection: Connection, limits: Limits, key: str) -> None:
    """Let no more mail of this sort go to an address, until `forgive`."""
    row = {"subject": limits.stopped(key), "used": 1, "until": None}
    insert_new(connection, sign_up_limit, row, sign_up_limit.c.subject)


def is_stopped(connection: Connection, limits: Limits, key: str) -> bool:
    """Say whether somebody at this address asked for no more."""
    return bool(_counters(connection, [limits.stopped(key)]))


def stopped_among(connection: Connection, limits: Limits, keys: Collection[str]) -> set[str]:
    """Return which of these addresses have asked for no more."""
    subjects = {limits.stopped(key): key for key in keys}
    found = connection.execute(
        select(sign_up_limit.c.subject).where(is_among(sign_up_limit.c.subject, subjects))
    )
    return {subjects[one] for one in found.scalars()}


def forgive(connection: Connection, limits: Limits, key: str) -> None:
    """Forget what was counted for an address and that it was stopped: its owner has clicked."""
    _remove(connection, limits.of_address(key))


def clean(connection: Connection, now: datetime) -> None:
    """Remove the counters whose time is over."""
    connection.execute(delete(sign_up_limit).where(sign_up_limit.c.until <= now))


def _counters(connection: Connection, subjects: Iterable[str]) -> dict[str, Counter]:
    found = connection.execute(
        select(sign_up_limit.c.subject, sign_up_limit.c.used, sign_up_limit.c.until).where(
            sign_up_limit.c.subject.in_(subjects)
        )
    )
    return {row.subject: Counter(row.used, row.until) for row in found}


def _write(
    connection: Connection, known: Mapping[str, Counter], counters: Mapping[str, Counter]
) -> None:
    new = [
        {"subject": subject, **counter._asdict()}
        for subject, counter in counters.items()
        if subject not in known
    ]
    old = [
        {"at_subject": subject, **counters[subject]._asdict()}
        for subject in sorted(counters.keys() & known.keys())
    ]
    if new:
        connection.execute(insert(sign_up_limit), new)
    if old:
        here = sign_up_limit.c.subject == bindparam("at_subject")
        connection.execute(update(sign_up_limit).where(here), old)


def _remove(connection: Connection, subjects: Iterable[str]) -> None:
    connection.execute(delete(sign_up_limit).where(sign_up_limit.c.subject.in_(subjects)))
