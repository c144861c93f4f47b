"""Macros in the domains of an SPF record (RFC 7208 section 7). Pure."""

import re
from typing import NamedTuple
from urllib.parse import quote

from pinlabs_mailer.doctor.spf.record import SpfSyntax
from pinlabs_mailer.settings import IPAddress

_MACRO = re.compile(r"%(?:([%_-])|\{([A-Za-z])([0-9]{0,3})(r?)([.\-+,/_=]*)\})", re.IGNORECASE)
_LONGEST = 253


class Letter(NamedTuple):
    """What a receiver knows of a mail: from which address, whose, under which name."""

    address: IPAddress
    sender: str
    helo: str


def expand(spec: str, domain: str, letter: Letter) -> str:
    """Return the domain to look up; what is too long loses labels on its left."""
    parts: list[str] = []
    end = 0
    for match in _MACRO.finditer(spec):
        parts += [_plain(spec[end : match.start()]), _value(match, domain, letter)]
        end = match.end()
    name = "".join([*parts, _plain(spec[end:])]).rstrip(".")
    while len(name) > _LONGEST and "." in name:
        name = name.partition(".")[2]
    return name[:_LONGEST]


def _plain(text: str) -> str:
    if "%" in text:
        raise SpfSyntax(f"{text[:40]} has a % that is no macro")
    return text


def _value(match: re.Match[str], domain: str, letter: Letter) -> str:
    if match[1]:
        return {"%": "%", "_": " ", "-": "%20"}[match[1]]
    values = {
        "s": letter.sender,
        "l": letter.sender.rpartition("@")[0],
        "o": letter.sender.rpartition("@")[2],
        "d": domain,
        "i": _dotted(letter.address),
        "p": "unknown",  # section 7.3 asks nobody to look it up
        "v": "in-addr" if letter.address.version == 4 else "ip6",
        "h": letter.helo,
    }
    if match[2].lower() not in values or match[3] == "0":
        raise SpfSyntax(f"{match[0]} is no macro")
    pieces = re.split(f"[{re.escape(match[5] or '.')}]", values[match[2].lower()])
    if match[4]:
        pieces.reverse()
    text = ".".join(pieces[-int(match[3]) :] if match[3] else pieces)
    return quote(text, safe="") if match[2].isupper() else text


def _dotted(address: IPAddress) -> str:
    if address.version == 4:
        return str(address)
    return ".".join(address.exploded.replace(":", ""))
