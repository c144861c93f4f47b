"""D5: the sending addresses have names that lead back, and greet by them."""

import re
from collections.abc import Iterator

from pinlabs_mailer.doctor.dns import Dns
from pinlabs_mailer.doctor.finding import Finding, Topic, listed, quoted
from pinlabs_mailer.doctor.subject import Subject, addresses_of, is_inside
from pinlabs_mailer.settings import IPAddress

POINTER = Topic("reverse.name", "D5")
EHLO = Topic("reverse.ehlo", "D5, RFC 5321 section 4.1.1.1")

_MOST_ADDRESSES, _MOST_NAMES = 8, 5
_POOLED = re.compile(r"dyn(amic)?|dhcp|dial|pool|dsl|cable|broadband|ppp|cust(omer)?|static")


def check(subject: Subject) -> Iterator[Finding]:
    """Does each address have a name of its own that leads back to it?"""
    addresses = subject.sending.addresses
    for address in addresses[:_MOST_ADDRESSES]:
        yield _pointer(subject.dns, address)


def greeting(subject: Subject) -> Iterator[Finding]:
    """Is the name that we greet the relay with one that it can look up?"""
    name = subject.helo
    remedy = "Set PINLABS_SMTP_HELO to the full name of this machine, such as mail.example.com."
    if name.startswith("["):
        yield EHLO.ok(f"We greet as {name}")
    elif "." not in name or name.startswith("localhost") or name.endswith((".local", ".lan")):
        yield EHLO.warning(f"We greet the relay as {quoted(name)}, which is no full name.", remedy)
    else:
        found = addresses_of(subject.dns, name)
        lost = f"We greet the relay as {quoted(name)}, which has no address." if not found else ""
        yield EHLO.judged(lost, f"We greet as {quoted(name)}", remedy)


def _pointer(dns: Dns, address: IPAddress) -> Finding:
    whose = "Ask whoever gave you the address to set its PTR record to the name of the server."
    names = dns.names_of(address)[:_MOST_NAMES]
    if not names:
        return POINTER.error(f"{address} has no name (PTR): Gmail and Yahoo refuse it.", whose)
    back = [name for name in names if address in dns.addresses(name)]
    if not back:
        return POINTER.error(
            f"{address} is named {listed(map(quoted, names))}, which does not lead back to it.",
            f"Give {quoted(names[0])} an {'A' if address.version == 4 else 'AAAA'} record "
            f"with {address}, or have the PTR record changed.",
        )
    if _is_generic(back[0], address) and not is_inside(address):
        return POINTER.warning(
            f"{address} is named {quoted(back[0])}, which looks like a customer's line.", whose
        )
    return POINTER.ok(f"{address} is {quoted(back[0])}, and leads back")


def _is_generic(name: str, address: IPAddress) -> bool:
    """Say whether a name was made from the address, as providers do for whole ranges."""
    first = name.lower().rpartition(".")[0]
    if address.version == 6:
        pieces = [piece for piece in address.compressed.split(":")[-3:] if len(piece) > 2]
    else:
        pieces = str(address).split(".")
    numbers = re.split(r"[^0-9a-f]+", first)
    made = len(pieces) > 1 and all(piece in numbers for piece in pieces)
    return made or any(_POOLED.fullmatch(word) for word in re.split(r"[^a-z]+", first))
