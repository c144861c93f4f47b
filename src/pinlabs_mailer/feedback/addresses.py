"""Addresses as reports write them, made plain. Pure."""

import re
from collections.abc import Iterable

_LONGEST = 320
"""Signs of an address with its type: what is longer is none (RFC 5321 section 4.5.3.1.3)."""
_TYPED = re.compile(r"^\s*[\w.-]{1,20}\s*;\s*")
_ADDRESS = re.compile(
    r"(?:\"[^\"@\n]{1,64}\"|[^\s<>()\[\]\"',;:\\@|]{1,128})@"
    r"(?:\[[\w.:]{1,60}\]|[^\W_](?:[\w-]{0,62}\.){0,9}[\w-]{0,62}\w)"
)
_HEX = re.compile(r"\\x\{([0-9A-Fa-f]{2,6})\}")
_XTEXT = re.compile(r"\+([0-9A-F]{2})")
_PREFIX = re.compile(r"^(?:mailto|smtp|rfc822)[:=;]|^=3c", re.IGNORECASE)


def every(text: str) -> list[str]:
    """Return the addresses in a text, each once, in their order."""
    return list(dict.fromkeys(_ADDRESS.findall(text)))


def are_all(text: str) -> bool:
    """Tell whether each @ of a text is that of an address which is found in it."""
    return len(_ADDRESS.findall(text)) == text.count("@")


def first(text: str) -> str:
    """Return the first address in a text, "" if there is none."""
    found = _ADDRESS.search(text)
    return found[0] if found else ""


def typed(value: str) -> str:
    """Return the address of a field such as `rfc822; <ada@example.org>`; "" if it holds none.

    Undoes what RFC 6533 (`\\x{E9}`) and RFC 3461 (`+40`) do to signs that a field cannot carry.
    """
    plain = _HEX.sub(_sign, _TYPED.sub("", value[:_LONGEST]))
    if "@" not in plain:
        plain = _XTEXT.sub(lambda found: chr(int(found[1], 16)), plain)
    return first(_PREFIX.sub("", plain.strip().strip("<>")))


def unique(values: Iterable[str], most: int = 12) -> tuple[str, ...]:
    """Return values without empty and repeated ones, and not too many."""
    return tuple(dict.fromkeys(value for value in values if value))[:most]


def _sign(found: "re.Match[str]") -> str:
    number = int(found[1], 16)
    return chr(number) if number < 0xD800 or 0xDFFF < number <= 0x10FFFF else ""
