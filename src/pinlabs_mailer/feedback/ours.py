"""Whether a letter says that it is from us, or that it is to us. Pure.

The relay believes us: it may sign whatever is from our domain. So nothing that calls itself ours is
handed to it, and a field that cannot be read to its end might.
"""

from typing import NamedTuple

from pinlabs_mailer.community.address import envelope
from pinlabs_mailer.feedback import addresses
from pinlabs_mailer.feedback.part import Fields, decoded

_AUTHORS = ("from", "sender")
_CAME_TO = ("to", "cc", "delivered-to", "x-original-to")
_LONGEST = 998
"""Signs of a field that names who wrote it (RFC 5322 section 2.1.1)."""


class Ours(NamedTuple):
    """What is ours, in small letters and as A-labels."""

    domains: frozenset[str]
    """Those that we write from and sign with, and that mail comes back to."""
    return_domain: str
    sender: str
    """The address of From."""

    def wrote(self, fields: Fields) -> bool:
        """Tell whether a mail may be read as one that somebody at our domains wrote, or at one
        below or above them."""
        if len(fields.every("from")) != 1:
            return True
        written = [value for name in _AUTHORS for value in fields.every(name)]
        return any(len(value) > _LONGEST or self._names(decoded(value)) for value in written)

    def are_named(self, fields: Fields) -> bool:
        """Tell whether a mail is addressed to a return path, to another address there, or to
        From."""
        named = (
            address.lower()
            for name in _CAME_TO
            for value in fields.every(name)
            for address in addresses.every(value)
        )
        return any(
            address == self.sender or address.rpartition("@")[2] == self.return_domain
            for address in named
        )

    def _names(self, written: str) -> bool:
        if not addresses.are_all(written):
            return True
        return any(self._is_near(address) for address in addresses.every(written))

    def _is_near(self, address: str) -> bool:
        try:
            domain = envelope(address).rpartition("@")[2].lower()
        except ValueError:  # nobody has such an address
            return True
        return any(
            domain == one or domain.endswith(f".{one}") or one.endswith(f".{domain}")
            for one in self.domains
        )
