"""The tree walk: which record counts for a domain, and which domain is its organisation's.

RFC 9989 section 4.10. It takes the place of the list of public suffixes.
"""

from typing import NamedTuple

from pinlabs_mailer.doctor.dmarc.record import Record, is_dmarc, parse
from pinlabs_mailer.doctor.dns import Dns

_LONGEST_WALK = 8


class Step(NamedTuple):
    """A name on the way up that has a record."""

    domain: str
    record: Record


class Tree(NamedTuple):
    """What the walk from a domain up has met."""

    domain: str
    steps: tuple[Step, ...]
    doubled: tuple[str, ...] = ()
    """Names with more than one record: receivers pass over all of them."""

    @property
    def organisation(self) -> str:
        """The organisational domain (section 4.10.2); without any record the domain itself."""
        for step in self.steps:
            if step.record.psd == "n":
                return step.domain
            if step.record.psd == "y" and step.domain != self.domain:
                return _below(step.domain, self.domain)
        return self.steps[-1].domain if self.steps else self.domain

    @property
    def policy(self) -> Step | None:
        """The record that counts: the domain's own, else the organisation's, else the suffix's."""
        by_domain = {step.domain: step for step in self.steps}
        own = by_domain.get(self.domain) or by_domain.get(self.organisation)
        return own or (self.steps[-1] if self.steps and self.steps[-1].record.psd == "y" else None)


def climb(dns: Dns, domain: str) -> Tree:
    """Walk from a domain up to its top level; raise DnsTrouble where DNS does not answer."""
    steps: list[Step] = []
    doubled: list[str] = []
    for name in _names(domain):
        found = [text for text in dns.texts(f"_dmarc.{name}") if is_dmarc(text)]
        if len(found) > 1:
            doubled.append(name)
        elif found:
            steps.append(Step(name, parse(found[0])))
            if steps[-1].record.psd in ("y", "n"):
                break
    return Tree(domain, tuple(steps), tuple(doubled))


def _names(domain: str) -> list[str]:
    """Return the names to ask: the domain, then at most seven labels of it, ever fewer."""
    labels = domain.split(".")
    names = [domain]
    above = labels[1:] if len(labels) < _LONGEST_WALK else labels[-(_LONGEST_WALK - 1) :]
    return names + [".".join(above[start:]) for start in range(len(above))]


def _below(suffix: str, domain: str) -> str:
    """Return the name one label longer than `suffix` on the way to `domain`."""
    extra = domain.removesuffix(f".{suffix}").rpartition(".")[2]
    return f"{extra}.{suffix}"
