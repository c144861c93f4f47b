"""DKIM signatures (RFC 6376) as mailbox providers want them: rsa-sha256, relaxed/relaxed, no l=.

What is the same for every message of a mail is done once (`Seal`). Per message there remain the
few fields that differ, one SHA-256 over the body, and the RSA operation, which lets go of the
interpreter lock: threads sign side by side. Pure; the moment is passed. Item numbers (M16, M22,
M23) are those of docs/deliverability.md.
"""

import hashlib
import re
from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

_SIGNED = frozenset(
    b"from reply-to to subject date message-id mime-version content-type list-id list-unsubscribe"
    b" list-unsubscribe-post feedback-id auto-submitted".split()
)
"""M16, and Auto-Submitted, by which answering machines know us. Not Precedence: it means nothing
to a reader, and list software on the way rewrites it (RFC 6376 section 5.4)."""
_OVERSIGNED = b"from"
"""Listed once more than it stands there, so that nobody can put another above it (M23; RFC 6376
section 5.4.2 has the absent field count as empty, section 8.15 tells the attack)."""
_FIELD_END = re.compile(rb"\r\n(?![ \t])")
_LINE = 78
_SIGNATURE_LINE = 72
_PADDING, _SHA256 = PKCS1v15(), SHA256()


@dataclass(frozen=True)
class DkimKey:
    """A private key, and where its public half is published: `selector`._domainkey.`domain`."""

    selector: str
    domain: str
    private: RSAPrivateKey = field(repr=False)


class Seal:
    """Signs the messages of one mail. Safe to use from several threads at once."""

    def __init__(self, key: DkimKey, fixed: bytes) -> None:
        """Take the header fields that all of them share, as they are sent."""
        self._key = key
        fields = [part for part in _FIELD_END.split(fixed) if part]
        # of a name that stands there twice, the last counts as the first (section 5.4.2)
        self._fixed = _signed(map(relaxed, reversed(fields)))

    def signature(self, varying: Sequence[bytes], body: bytes, moment: datetime) -> bytes:
        """Return the DKIM-Signature field of a message, which goes on top.

        `varying` are its other fields, each a whole one, and each above the shared ones. The
        body must be its own relaxed form; `mail.slots` makes it so.
        """
        fields = self._fixed + _signed(relaxed(one) for one in reversed(varying))
        names = b":".join([one.partition(b":")[0] for one in fields])
        body_hash = b64encode(hashlib.sha256(body).digest())
        tags = _shared_tags(self._key.domain, self._key.selector, names) + (
            b"\r\n t=%d;\r\n bh=%b;\r\n b=" % (moment.timestamp(), body_hash)
        )
        # Section 3.7: hashed are the fields, then this one without its value of b= and its CRLF.
        # Every fold above is CRLF and one space, so unfolding gives its relaxed form.
        own = b"dkim-signature:" + tags.replace(b"\r\n", b"")
        hashed = b"\r\n".join([*fields, own])
        value = b64encode(self._key.private.sign(hashed, _PADDING, _SHA256))
        lines = [
            value[start : start + _SIGNATURE_LINE]
            for start in range(0, len(value), _SIGNATURE_LINE)
        ]
        return b"DKIM-Signature: %b%b\r\n" % (tags, b"\r\n ".join(lines))


def relaxed(one: bytes) -> bytes:
    """Return a header field in the form that is hashed, without its CRLF (section 3.4.2)."""
    name, _, value = one.partition(b":")
    return name.strip().lower() + b":" + b" ".join(value.split())


def _signed(fields: Iterable[bytes]) -> list[bytes]:
    return [one for one in fields if one.partition(b":")[0] in _SIGNED]


@lru_cache(maxsize=64)
def _shared_tags(domain: str, selector: str, names: bytes) -> bytes:
    """Return the tags from v= to h=, folded at their ends and between the names (section 3.5)."""
    lines = [
        b"v=1; a=rsa-sha256; c=relaxed/relaxed;",
        f" d={domain};".encode("ascii"),
        f" s={selector};".encode("ascii"),
    ]
    line, between = b" h=", b""
    for name in [*names.split(b":"), _OVERSIGNED]:
        if len(line) + len(name) + 2 > _LINE:
            lines.append(line + between)
            line, between = b" ", b""
        line, between = line + between + name, b":"
    return b"\r\n".join([*lines, line + b";"])
