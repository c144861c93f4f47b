"""A quick look at addresses of the ordinary kind, for those who have a million of them. Pure.

Takes about a fiftieth of the time of `parse_address`. It must never come to another result, so it
knows only what it is sure of, and leaves everything else to be looked at with care.
"""

import re

from email_validator import SPECIAL_USE_DOMAIN_NAMES

from pinlabs_mailer.community.address import Address, parse_address

_RESERVED = "|".join(sorted({name.rpartition(".")[2] for name in SPECIAL_USE_DOMAIN_NAMES}))
_ORDINARY = re.compile(
    r"([A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*)"
    r"@((?:[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*\.)+"
    rf"(?!(?:{_RESERVED})\Z)[A-Za-z]{{2,}})",
    re.IGNORECASE | re.ASCII,
)
_LONGEST = 64
"""Local part and domain may each be as long (RFC 5321 section 4.5.3.1.1 allows a domain more)."""


def parse_quickly(raw: str) -> Address:
    """Return the same as `parse_address`, or raise the same, sooner if the address is ordinary."""
    ordinary = _ORDINARY.fullmatch(raw)
    if ordinary is None:
        return parse_address(raw)
    local, domain = ordinary[1], ordinary[2].lower()
    if len(local) > _LONGEST or len(domain) >= _LONGEST:
        return parse_address(raw)
    return Address(f"{local}@{domain}", f"{local.lower()}@{domain}")
