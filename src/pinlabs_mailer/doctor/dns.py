"""Asking DNS: bounded in time and size, each question once, no answer trusted.

The name server is the one of the settings or the system's. It is expected to be a resolver, which
follows aliases; what it says is only ever read as text, names and numbers.
"""

import threading
import time
from enum import Enum, auto
from ipaddress import ip_address
from typing import NamedTuple

import dns.exception
import dns.name
import dns.rdata
import dns.resolver
import dns.reversename

from pinlabs_mailer.settings import IPAddress, Server

_QUESTION_SECONDS = 3.0
_DEAF_AFTER = 3
"""After so many questions without an answer, and none with one, nobody is there."""
_MOST_RECORDS = 100
_LONGEST_TEXT = 8_000


class DnsTrouble(Exception):
    """No answer: a time-out, a failure, a broken message. Something else than "no such name"."""


class Found(Enum):
    """What an answer says of a name."""

    RECORDS = auto()
    NOTHING = auto()
    """The name exists, without records of that type."""
    NO_NAME = auto()


class Answer(NamedTuple):
    """The records of one name and type, as text."""

    found: Found
    records: tuple[str, ...] = ()


class Dns:
    """Asks one resolver, and remembers its answers for as long as it lives."""

    def __init__(self, server: Server | None, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str], Answer | DnsTrouble] = {}
        self._heard, self._unheard = 0, 0
        self._resolver: dns.resolver.Resolver | None = None
        try:
            self._resolver = dns.resolver.Resolver(configure=server is None)
        except dns.exception.DNSException:
            return  # a machine without a resolv.conf: every question says so
        if server is not None:
            self._resolver.nameservers = [str(server.address)]
            self._resolver.port = server.port
        self._resolver.use_edns(0, 0, 1232)

    def ask(self, name: str, kind: str) -> Answer:
        """Return the records of a name, aliases followed; raise DnsTrouble if none can be got."""
        question = name.rstrip(".").lower(), kind
        known = self._known.get(question)
        if known is None:
            try:
                known = self._resolve(*question)
            except DnsTrouble as trouble:
                known = trouble
            self._known[question] = known
        if isinstance(known, DnsTrouble):
            raise DnsTrouble(*known.args)
        return known

    def texts(self, name: str) -> list[str]:
        """Return the TXT records of a name, the strings of each joined."""
        return list(self.ask(name, "TXT").records)

    def addresses(self, name: str) -> list[IPAddress]:
        """Return the IPv4 and IPv6 addresses of a name."""
        both = self.ask(name, "A").records + self.ask(name, "AAAA").records
        return [ip_address(record) for record in both]

    def exchanges(self, name: str) -> list[tuple[int, str]]:
        """Return preference and host of each MX record; a host of "" is a Null MX (RFC 7505)."""
        pairs = (record.split(" ") for record in self.ask(name, "MX").records)
        return sorted((int(preference), host.rstrip(".")) for preference, host in pairs)

    def names_of(self, address: IPAddress) -> list[str]:
        """Return the names that an address leads back to."""
        found = self.ask(str(dns.reversename.from_address(str(address))), "PTR")
        return [record.rstrip(".") for record in found.records]

    def _resolve(self, name: str, kind: str) -> Answer:
        left = self._end - time.monotonic()
        if left <= 0:
            raise DnsTrouble("no time was left to ask")
        with self._lock:
            deaf = self._unheard >= _DEAF_AFTER and not self._heard
        if deaf:
            raise DnsTrouble("the name server does not answer")
        if self._resolver is None:
            raise DnsTrouble("this machine names no name server")
        try:
            found = self._resolver.resolve(
                dns.name.from_text(name or "."),
                kind,
                lifetime=min(_QUESTION_SECONDS, left),
                search=False,
                raise_on_no_answer=False,
            )
        except dns.resolver.NXDOMAIN:
            self._count(heard=True)
            return Answer(Found.NO_NAME)
        except dns.exception.Timeout as error:
            self._count(heard=False)
            raise DnsTrouble("the name server does not answer in time") from error
        except dns.resolver.NoNameservers as error:
            self._count(heard=True)
            raise DnsTrouble("the name server answers with a failure") from error
        except (dns.exception.DNSException, UnicodeError, OSError) as error:
            self._count(heard=True)
            raise DnsTrouble(f"the answer cannot be used ({type(error).__name__})") from error
        self._count(heard=True)
        rrset = found.rrset
        if rrset is None:
            return Answer(Found.NOTHING)
        return Answer(Found.RECORDS, tuple(map(_text, list(rrset)[:_MOST_RECORDS])))

    def _count(self, *, heard: bool) -> None:
        with self._lock:
            self._heard += heard
            self._unheard += not heard


def _text(record: dns.rdata.Rdata) -> str:
    strings = getattr(record, "strings", None)
    if strings is None:
        return record.to_text()[:_LONGEST_TEXT]
    return str(b"".join(strings)[:_LONGEST_TEXT], "ascii", "backslashreplace")
