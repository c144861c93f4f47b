"""The grammar of a DMARC record (RFC 9989 section 4.7). Pure."""

import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

POLICIES = ("none", "quarantine", "reject")
REMOVED = ("pct", "rf", "ri")
"""Tags of RFC 7489 that RFC 9989 has no more."""
_VERSION = re.compile(r"v[ \t]*=[ \t]*DMARC1[ \t]*(?:;|$)")
_TAG = re.compile(r"[ \t]*([A-Za-z]+)[ \t]*=[ \t]*([^;]*?)[ \t]*")
_VALUES = {
    "p": POLICIES,
    "sp": POLICIES,
    "np": POLICIES,
    "adkim": ("r", "s"),
    "aspf": ("r", "s"),
    "psd": ("y", "n", "u"),
    "t": ("y", "n"),
}


class Record(NamedTuple):
    """What a record says. A tag with a value that is none of its own counts as not there."""

    tags: Mapping[str, str]
    faults: tuple[str, ...] = ()

    @property
    def policy(self) -> str:
        """The policy for the domain itself; without one it is `none` (section 4.7)."""
        return self.tags.get("p", "none")

    def policy_below(self, exists: bool) -> str:
        """The policy for a name below the record's domain; `np` is for one that does not exist."""
        below = self.tags.get("sp", self.policy)
        return below if exists else self.tags.get("np", below)

    @property
    def psd(self) -> str:
        """Whether the domain is a public suffix: y, n or, not known, u."""
        return self.tags.get("psd", "u")

    @property
    def reports_to(self) -> tuple[str, ...]:
        """The addresses of `rua` that can be read, each with what it was written as."""
        found = (_mailbox(uri) for uri in self.tags.get("rua", "").split(",") if uri.strip())
        return tuple(address for address in found if address)


def is_dmarc(text: str) -> bool:
    """Say whether a TXT record is one of DMARC: only the first tag decides."""
    return _VERSION.match(text) is not None


def parse(text: str) -> Record:
    """Return what a record says, and what in it receivers will pass over."""
    tags: dict[str, str] = {}
    faults: list[str] = []
    for part in text.split(";")[1:]:
        match = _TAG.fullmatch(part)
        if match is None:
            if part.strip():
                faults.append(f"{part.strip()[:40]} is no tag")
            continue
        name, value = match[1].lower(), match[2]
        if name in _VALUES:
            value = value.lower()
            if value not in _VALUES[name]:
                faults.append(f"{name}={value[:40]} is none of {', '.join(_VALUES[name])}")
                continue
        if name in tags:
            faults.append(f"{name} stands twice")
            continue
        tags[name] = value
    for uri in tags.get("rua", "").split(","):
        if uri.strip() and not _mailbox(uri):
            faults.append(f"rua has {uri.strip()[:40]}, which is no mailto: address")
    return Record(tags, tuple(faults))


def _mailbox(uri: str) -> str:
    """Return the address of a mailto URI, or "". The size that may follow a ! is obsolete."""
    try:
        parts = urlsplit(uri.strip())
    except ValueError:
        return ""
    address = unquote(parts.path.partition("!")[0])
    local, _, domain = address.rpartition("@")
    right = re.fullmatch(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", domain) is not None
    return address if parts.scheme == "mailto" and local and right else ""
