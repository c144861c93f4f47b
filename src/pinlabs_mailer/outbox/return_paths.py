"""Return paths: the envelope sender of each delivery, to which it comes back if it cannot arrive.

    b.ttttttttttttttttttttttttttttttttt@return.example        34 characters before the @
    t   the number of the delivery (40 bits) and a keyed hash (120 bits), in small base32

Mail servers may fold the case of an address, so none is told apart (base32, RFC 4648 section 6),
and the local part is well below the 64 characters that RFC 5321 section 4.5.3.1.1 allows (M24).
Nobody else can make one, so a bounce that somebody has invented comes to no delivery. There is no
key id in it: a few retired keys are tried one after the other.
"""

import base64
import re
from collections.abc import Iterable
from enum import StrEnum

from pinlabs_mailer.tokens import Signer

_PURPOSE = b"return path:"
_NUMBER_BYTES, _MAC_BYTES = 5, 15
_LENGTH = (_NUMBER_BYTES + _MAC_BYTES) * 8 // 5


class Forgery(StrEnum):
    """What stands in the place of a delivery where a return path is not to be believed."""

    FORGED = "forged"


FORGED = Forgery.FORGED
OF_NO_DELIVERY = 0
"""What the return path of our mails to nobody on the list names: what comes back to it is about no
reader, whatever it says."""


class ReturnPaths:
    """Makes and reads the return paths of one domain."""

    def __init__(self, domain: str, signer: Signer) -> None:
        self.domain = domain
        self._signer = signer
        self._end = f"@{domain}"
        self._shape = re.compile(rf"b\.([a-z0-9]*)@{re.escape(domain.lower())}\.?")

    def of(self, delivery_id: int) -> str:
        """Return the envelope sender of a delivery."""
        number = delivery_id.to_bytes(_NUMBER_BYTES)
        raw = number + self._signer.stamp(_PURPOSE + number)[:_MAC_BYTES]
        return f"b.{base64.b32encode(raw).decode().lower()}{self._end}"

    def read(self, addresses: Iterable[str]) -> int | Forgery | None:
        """Return the delivery that one of these addresses names.

        FORGED if they only look like return paths of ours, None if they do not even do that. One
        that is genuine counts, whatever stands beside it.
        """
        found: int | Forgery | None = None
        for address in addresses:
            match = self._shape.fullmatch(address.strip().strip("<>").lower())
            if match is None:
                continue
            delivery_id = self._genuine(match[1])
            if delivery_id is not None:
                return delivery_id
            found = FORGED
        return found

    def _genuine(self, token: str) -> int | None:
        if len(token) != _LENGTH:
            return None
        try:
            raw = base64.b32decode(token.upper())
        except ValueError:
            return None
        number, mac = raw[:_NUMBER_BYTES], raw[_NUMBER_BYTES:]
        if not self._signer.is_stamp(_PURPOSE + number, mac):
            return None
        return int.from_bytes(number)
