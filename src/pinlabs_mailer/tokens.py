"""Signed tokens for the links in mails: bound to a purpose, verifiable after key rotation.

    kkPrrrrrrrrrrrrmmmmmmmmmmmmmmmmmmmmmm        37 characters of base64url
    kk  which key signed, so that retired keys go on verifying
    P   the purpose: a token for one is worth nothing for another
    r   an opaque reference, random, made when the row it names was made
    m   a keyed BLAKE2b of 128 bits over all before it (RFC 7693 section 2.9)

A *dated* token has three more characters behind the reference, the day on which it was signed, for
pages that may only be opened for a time (`sign_dated`): 40 characters.

A token fits, with its URL, in the 75 characters after which header folding of other software
has been seen to break List-Unsubscribe. It says nothing about a person and does not expire by
itself: what expires has its time in the row that the reference names, or is dated and is asked.
"""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

REFERENCE_LENGTH = 12
_REFERENCE_BYTES = REFERENCE_LENGTH * 3 // 4
_KEY_ID_LENGTH = 2
_DAY_LENGTH = 3
_MAC_LENGTH = 22
_MAC_BYTES = 16
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
TOKEN_LENGTH = _KEY_ID_LENGTH + 1 + REFERENCE_LENGTH + _MAC_LENGTH
_SHAPE = re.compile(
    rf"([A-Za-z0-9_-]{{{_KEY_ID_LENGTH}}})([A-Za-z])"
    rf"([A-Za-z0-9_-]{{{REFERENCE_LENGTH}}})([A-Za-z0-9_-]{{{_DAY_LENGTH}}})?"
    rf"([A-Za-z0-9_-]{{{_MAC_LENGTH}}})"
)
_FIRST_DAY = date(1970, 1, 1).toordinal()


class Purpose(StrEnum):
    """What a token allows; the letter stands inside it."""

    UNSUBSCRIBE = "u"
    CONFIRM = "c"
    STOP = "s"
    """No more confirmation mails to the address of an opt-in request."""
    FORM = "f"
    """Sending the sign-up form; the reference is its time and chance (`web.form_token`)."""
    PREFERENCES = "p"
    """Choosing, for the subscriber that it names; always dated."""
    RENEW = "r"
    """Renewing the consent of the subscriber that it names; always dated."""
    UNDO = "z"
    """Coming back at once; the reference is the consent event that it undoes."""
    VIEW = "v"
    """Reading an edition in a browser; the reference is the edition's number."""
    ADDRESS = "a"
    """Naming another address. This one and those below name a wish."""
    MOVE = "m"
    DATA = "d"
    ERASE = "e"


class Dated(NamedTuple):
    """What a dated token says."""

    reference: str
    signed_on: date
    """In UTC. Whoever asks decides how many days are too many."""


def new_reference() -> str:
    """Return a fresh random reference of 72 bits in 12 characters."""
    return _encode(secrets.token_bytes(_REFERENCE_BYTES))


def new_references(many: int) -> list[str]:
    """Return references for rows that are written in one go: fresh, each of 60 random bits.

    They begin alike, so that they go into one place of the index and not into as many as there are.
    """
    text = _encode(secrets.token_bytes(_REFERENCE_BYTES * many))
    start, bounds = text[:2], range(0, len(text), REFERENCE_LENGTH)
    return [start + text[place + 2 : place + REFERENCE_LENGTH] for place in bounds]


class Signer:
    """Makes and reads tokens. The first key signs; every key verifies."""

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise ValueError("a signer needs at least one key")
        self._keys = [(_key_id(key), _keyed(key)) for key in keys]
        self._hiding = _keyed(keys[-1], b"hide")
        self._stamping = [_keyed(key, b"stamp") for key in keys]

    def sign(self, purpose: Purpose, reference: str) -> str:
        """Return the token that allows `purpose` on what `reference` names."""
        key_id, key = self._keys[0]
        head = f"{key_id}{purpose.value}{reference}"
        return head + _mac(key, head)

    def verify(self, purpose: Purpose, token: str) -> str | None:
        """Return the reference in `token`, or None: forged, cut, or made for another purpose."""
        match = self._genuine(purpose, token)
        return None if match is None or match[4] else match[3]

    def sign_dated(self, purpose: Purpose, reference: str, day: date) -> str:
        """Return a token that also says on which day it was signed."""
        return self.sign(purpose, reference + _day(day))

    def verify_dated(self, purpose: Purpose, token: str) -> Dated | None:
        """Return what a dated token says, or None as `verify` does. It may be of any age."""
        match = self._genuine(purpose, token)
        if match is None or not match[4]:
            return None
        days = int.from_bytes(base64.urlsafe_b64decode(f"{match[4]}="))
        return Dated(match[3], date.fromordinal(_FIRST_DAY + days))

    def hide(self, what: str) -> str:
        """Return 22 characters that stand for a text and cannot be turned back into it.

        The last key makes them, not the first: a new key goes in front, and what was hidden
        before must still be found.
        """
        return _mac(self._hiding, what)

    def stamp(self, what: bytes) -> bytes:
        """Return 16 bytes that only we can make for `what`, which begins with what it is for.

        For names that must be shorter than a token, or in small letters alone.
        """
        mac = self._stamping[0].copy()
        mac.update(what)
        return mac.digest()

    def is_stamp(self, what: bytes, beginning: bytes) -> bool:
        """Say whether this is the beginning of a stamp of ours, by the key of today or another."""
        genuine = False
        for key in self._stamping:
            mac = key.copy()
            mac.update(what)
            genuine |= hmac.compare_digest(mac.digest()[: len(beginning)], beginning)
        return genuine

    def _genuine(self, purpose: Purpose, token: str) -> re.Match[str] | None:
        match = _SHAPE.fullmatch(token)
        if match is None or match[2] != purpose.value:
            return None
        head = token[:-_MAC_LENGTH]
        genuine = False
        for key_id, key in self._keys:
            if key_id == match[1]:
                genuine |= hmac.compare_digest(_mac(key, head), match[5])
        return match if genuine else None


def _keyed(key: str, use: bytes = b"") -> "hashlib.blake2b":
    """Return a hash that has taken its key in; each token continues from a copy."""
    secret = hashlib.sha256(key.encode()).digest()
    return hashlib.blake2b(digest_size=_MAC_BYTES, key=secret, person=use)


def _mac(key: "hashlib.blake2b", head: str) -> str:
    mac = key.copy()
    mac.update(head.encode())
    return _encode(mac.digest())


def _key_id(key: str) -> str:
    return _encode(hashlib.sha256(b"key id:" + key.encode()).digest())[:_KEY_ID_LENGTH]


@lru_cache(maxsize=16)  # a digest is signed for many on one day
def _day(day: date) -> str:
    return _encode((day.toordinal() - _FIRST_DAY).to_bytes(2))


def _encode(raw: bytes) -> str:
    return binascii.b2a_base64(raw, newline=False).translate(_URL_SAFE).rstrip(b"=").decode()
