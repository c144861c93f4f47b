"""What an SPF record says of one address, and what it costs a receiver to find out.

Receivers stop at the first term that matches. This walk goes on to the end, because an address
that matches late, or never, costs all look-ups; so it is this number that the limits are held to.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_network

from pinlabs_mailer.doctor.dns import Answer, Dns, DnsTrouble, Found
from pinlabs_mailer.doctor.spf.macro import Letter, expand
from pinlabs_mailer.doctor.spf.record import LOOKING_UP, Record, SpfSyntax, Term, is_spf, parse

MOST_LOOKUPS, MOST_VOIDS, MOST_HOSTS = 10, 2, 10
"""RFC 7208 section 4.6.4."""
_ENOUGH = 50
"""Where the walk ends for good: loops and giants are known by then."""


class Result(StrEnum):
    """What a receiver makes of it (section 2.6)."""

    PASS = "pass"  # noqa: S105 - no password
    FAIL = "fail"
    SOFTFAIL = "softfail"
    NEUTRAL = "neutral"
    NONE = "none"
    PERMERROR = "permerror"
    TEMPERROR = "temperror"


_BY_QUALIFIER = {"+": Result.PASS, "-": Result.FAIL, "~": Result.SOFTFAIL, "?": Result.NEUTRAL}


@dataclass
class Walk:
    """One walk for one letter. What it met is kept here."""

    dns: Dns
    letter: Letter
    lookups: int = 0
    voids: int = 0
    faults: list[str] = field(default_factory=list)
    """Why a receiver says permerror."""
    troubles: list[str] = field(default_factory=list)
    """Why DNS could not be asked."""
    _open: list[str] = field(default_factory=list)

    def check(self, domain: str) -> Result:
        """Return what the record of this domain says of the letter."""
        domain = domain.lower()
        if domain in self._open:
            self.faults.append(f"{domain} includes itself")
            return Result.PERMERROR
        try:
            found = [text for text in self.dns.texts(domain) if is_spf(text)]
            if not found:
                return Result.NONE
            if len(found) > 1:
                self.faults.append(f"{domain} has {len(found)} SPF records")
                return Result.PERMERROR
            record = parse(found[0])
        except DnsTrouble as trouble:
            self.troubles.append(f"{domain}: {trouble}")
            return Result.TEMPERROR
        except SpfSyntax as error:
            self.faults.append(f"{domain}: {error}")
            return Result.PERMERROR
        self._open.append(domain)
        try:
            return self._through(record, domain)
        finally:
            self._open.pop()

    def _through(self, record: Record, domain: str) -> Result:
        decided: Result | None = None
        for term in record.terms:
            said = self._term(term, domain)
            decided = decided or said
            if term.name == "all":
                break  # what stands behind it is never looked at (section 5.1)
        else:
            if record.redirect:
                said = self._redirected(record.redirect, domain)
                decided = decided or said
        return decided or Result.NEUTRAL

    def _term(self, term: Term, domain: str) -> Result | None:
        """Return what a term decides, None if it does not match."""
        if term.name in LOOKING_UP and not self._may_look():
            return Result.PERMERROR
        try:
            if term.name == "include":
                return self._included(term, domain)
            matches = self._matches(term, domain)
        except DnsTrouble as trouble:
            self.troubles.append(f"{term.name}:{term.spec or domain}: {trouble}")
            return Result.TEMPERROR
        except SpfSyntax as error:
            self.faults.append(f"{domain}: {error}")
            return Result.PERMERROR
        return _BY_QUALIFIER[term.qualifier] if matches else None

    def _may_look(self) -> bool:
        self.lookups += 1
        return self.lookups <= _ENOUGH

    def _included(self, term: Term, domain: str) -> Result | None:
        target = expand(term.spec, domain, self.letter)
        said = self.check(target)
        if said is Result.NONE:
            self.faults.append(f"include:{target} has no SPF record")
            return Result.PERMERROR
        if said in (Result.PERMERROR, Result.TEMPERROR):
            return said
        return _BY_QUALIFIER[term.qualifier] if said is Result.PASS else None

    def _redirected(self, spec: str, domain: str) -> Result:
        if not self._may_look():
            return Result.PERMERROR
        try:
            target = expand(spec, domain, self.letter)
        except SpfSyntax as error:
            self.faults.append(f"{domain}: {error}")
            return Result.PERMERROR
        said = self.check(target)
        if said is Result.NONE:
            self.faults.append(f"redirect={target} has no SPF record")
            return Result.PERMERROR
        return said

    def _matches(self, term: Term, domain: str) -> bool:
        address = self.letter.address
        if term.name == "all":
            return True
        if term.network is not None:
            return address in term.network
        target = expand(term.spec, domain, self.letter) if term.spec else domain
        match term.name:
            case "exists":
                return bool(self._ask(target, "A").records)
            case "a":
                return self._has(target, term)
            case "mx":
                hosts = [text.split(" ")[1] for text in self._ask(target, "MX").records]
                if len(hosts) > MOST_HOSTS:
                    self.faults.append(f"mx:{target} has more than {MOST_HOSTS} hosts")
                found = [self._has(host, term) for host in hosts[:MOST_HOSTS]]
                return any(found)
        names = self.dns.names_of(address)  # ptr
        self.voids += not names
        below = [name for name in names if f".{name}".lower().endswith(f".{target}".lower())]
        return any(address in self.dns.addresses(name) for name in below[:MOST_HOSTS])

    def _has(self, host: str, term: Term) -> bool:
        address = self.letter.address
        kind, length = ("A", term.length4) if address.version == 4 else ("AAAA", term.length6)
        return any(
            address in ip_network(f"{record}/{length}", strict=False)
            for record in self._ask(host, kind).records
        )

    def _ask(self, name: str, kind: str) -> Answer:
        found = self.dns.ask(name, kind)
        self.voids += found.found is not Found.RECORDS
        return found
