"""The grammar of an SPF record (RFC 7208 sections 4.5 to 6). Pure."""

import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import NamedTuple

LOOKING_UP = ("include", "a", "mx", "ptr", "exists", "redirect")
"""The terms that count as look-ups (section 4.6.4)."""

_LONGEST = 4_000
_DIRECTIVE = re.compile(r"([+\-?~]?)([A-Za-z][A-Za-z0-9_.-]*)([:/].*)?")
_MODIFIER = re.compile(r"([A-Za-z][A-Za-z0-9_.-]*)=(.*)")
_LENGTHS = re.compile(r"(.*?)(?:/([0-9]{1,3}))?(?://([0-9]{1,3}))?")


class SpfSyntax(Exception):
    """A record that receivers answer with permerror; the message says where."""


class Term(NamedTuple):
    """A mechanism with its qualifier."""

    qualifier: str
    name: str
    spec: str = ""
    """The domain it looks up, macros and all; none means the record's own."""
    length4: int = 32
    length6: int = 128
    network: IPv4Network | IPv6Network | None = None


class Record(NamedTuple):
    """What a record says, in its order."""

    terms: tuple[Term, ...]
    redirect: str = ""

    @property
    def last_word(self) -> str:
        """The qualifier of `all`, or "" if the record has none."""
        return next((term.qualifier for term in self.terms if term.name == "all"), "")


def is_spf(text: str) -> bool:
    """Say whether a TXT record is one of SPF (section 4.5)."""
    return re.match(r"v=spf1(?: |$)", text, re.IGNORECASE) is not None


def parse(text: str) -> Record:
    """Return what a record says, or raise SpfSyntax."""
    if len(text) > _LONGEST:
        raise SpfSyntax(f"it is longer than {_LONGEST} characters")
    if not text.isascii() or not text.isprintable():
        raise SpfSyntax("it is not in ASCII")
    terms: list[Term] = []
    modifiers: dict[str, str] = {}
    for word in text.split(" ")[1:]:
        modifier = _MODIFIER.fullmatch(word)
        if modifier:
            name = modifier[1].lower()
            if name in ("redirect", "exp"):
                if name in modifiers:
                    raise SpfSyntax(f"{name}= stands twice")
                if not modifier[2]:
                    raise SpfSyntax(f"{word} names no domain")
            modifiers[name] = modifier[2]
        elif word:
            terms.append(_term(word))
    return Record(tuple(terms), modifiers.get("redirect", ""))


def _term(word: str) -> Term:
    match = _DIRECTIVE.fullmatch(word)
    if match is None:
        raise SpfSyntax(f"{word[:40]} is no term")
    qualifier, name, rest = match[1] or "+", match[2].lower(), match[3] or ""
    spec = rest[1:] if rest.startswith(":") else ""
    match name:
        case "all" if not rest:
            return Term(qualifier, name)
        case "ip4" | "ip6" if spec:
            return Term(qualifier, name, network=_network(name, spec, word))
        case "include" | "exists" if spec:
            return Term(qualifier, name, spec)
        case "ptr" if not rest or spec:
            return Term(qualifier, name, spec)
        case "a" | "mx" if not rest.startswith(":/") and rest != ":":
            return _with_lengths(qualifier, name, rest, word)
    raise SpfSyntax(f"{word[:40]} is no mechanism")


def _with_lengths(qualifier: str, name: str, rest: str, word: str) -> Term:
    match = _LENGTHS.fullmatch(rest)
    assert match is not None, "every part of it may be missing"
    length4, length6 = int(match[2] or 32), int(match[3] or 128)
    spec = match[1].removeprefix(":")
    if length4 > 32 or length6 > 128 or spec.startswith("/") or (match[1] and not spec):
        raise SpfSyntax(f"{word[:40]} has no such prefix")
    return Term(qualifier, name, spec, length4, length6)


def _network(name: str, spec: str, word: str) -> IPv4Network | IPv6Network:
    try:
        network = ip_network(spec, strict=False)
    except ValueError as error:
        raise SpfSyntax(f"{word[:40]} is no address") from error
    if network.version != int(name[-1]) or ("/" in spec and not spec.rpartition("/")[2].isdigit()):
        raise SpfSyntax(f"{word[:40]} is no {name} address")
    return network
