"""The chain of a person's consent events: what is hashed, in which form, with which key. Pure.

    details_digest = H(salt; email, source, evidence, network, user agent, Message-ID)
    hash           = H(key; the seal of the event before, all other fields, details_digest)
    seal           = H(key; subscriber, position, hash)

H is a keyed BLAKE2b (RFC 7693) over a JSON array, with a `person` of its own for each use. Arrays
that an import makes by the million are written out here, to the byte as `json` writes them. The
seal of the last event stands with the person, so that an event missing at the end is found too. A
new event covers the seal that stands there, fitting or not: going on with a broken chain does not
mend it. Erasure blanks the personal details and the salt; their digest stays, says nothing
any more, and the chain goes on verifying.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from json.encoder import encode_basestring_ascii as _quoted
from typing import NamedTuple

from pinlabs_mailer.tokens import Signer

SALT_BYTES = 16
_SIZE = 32


class Entry(NamedTuple):
    """A consent event without what is personal in it."""

    subscriber_id: int
    position: int
    topic_id: int
    change: str
    at: datetime
    given_at: datetime | None
    frequency: str | None
    wording: str
    """The digest of the text that was shown, empty if there was none."""
    form_version: str
    language: str
    actor: str


class Details(NamedTuple):
    """What is personal in a consent event, or may be."""

    email: str
    source: str
    evidence: str
    network: str
    user_agent: str
    message_id: str


class Link(NamedTuple):
    """What ties an event into the chain. All is empty in one from before there was a chain."""

    salt: str
    details_digest: str
    key_id: str
    hash: str


class Recorded(NamedTuple):
    """A consent event as it is kept."""

    entry: Entry
    details: Details
    link: Link


NO_DETAILS = Details("", "", "", "", "", "")


def details_digest(details: Details, salt: str) -> str:
    """Return the digest of personal details; nobody can guess them from it without the salt."""
    text = f"[{','.join(map(_quoted, details))}]"
    return _finish(_keyed(bytes.fromhex(salt), b"consent details"), text)


class Notary:
    """Holds the keys that chain consent events. The first key chains; every key verifies.

    `network` says how a network address is kept: `keep`, `hash` or `none`.
    """

    def __init__(self, secret_keys: Sequence[str], network: str = "keep") -> None:
        if not secret_keys:
            raise ValueError("a notary needs at least one key")
        self._keys = {_key_id(key): _derived(key, b"consent chain") for key in secret_keys}
        self._of_event = {id_: _keyed(key, b"consent event") for id_, key in self._keys.items()}
        self._of_seal = {id_: _keyed(key, b"consent seal") for id_, key in self._keys.items()}
        self.key_id = _key_id(secret_keys[0])
        self._network_key = _derived(secret_keys[0], b"consent network")
        self._network = network
        self._hide = Signer(secret_keys).hide

    def __repr__(self) -> str:
        return f"Notary({self.key_id})"

    def knows(self, key_id: str) -> bool:
        """Say whether a chain made with this key can be verified."""
        return key_id in self._keys

    def network(self, address: str) -> str:
        """Return a network address in the form in which it is kept.

        Hashed, equal addresses look alike while one key is in use, and only the key tells which.
        """
        if self._network == "keep" or not address:
            return address
        if self._network == "none":
            return ""
        return "hashed:" + _hash(self._network_key, b"consent network", [address])[:32]

    def mark(self, address_key: str) -> str:
        """Return what stands for an address once its person is erased: a keyed hash, by which the
        address is known again and from which it cannot be read. No address looks like one."""
        return f"erased:{self._hide(f'erased:{address_key}')}"

    def link(self, entry: Entry, details: Details, previous: str, salt: str) -> Link:
        """Tie an event to the seal of the one before it."""
        digest = details_digest(details, salt)
        return Link(salt, digest, self.key_id, self.hash(entry, digest, previous, self.key_id))

    def hash(self, entry: Entry, digest: str, previous: str, key_id: str) -> str:
        """Return the hash that this event must have."""
        subscriber_id, position, topic_id, change, at, given_at, *rest = entry
        given = f'"{_spelled(given_at)}"' if given_at else "null"
        text = (
            f"[{_quoted(previous)},{subscriber_id:d},{position:d},{_what(topic_id, change, at)},"
            f"{given},{_how(*rest)},{_quoted(digest)},{_quoted(key_id)}]"
        )
        return _finish(self._of_event[key_id].copy(), text)

    def seal(self, entry: Entry, link: Link) -> str:
        """Return the seal that a person has while this event is their last."""
        text = f"[{entry.subscriber_id:d},{entry.position:d},{_quoted(link.hash)}]"
        return _finish(self._of_seal[link.key_id].copy(), text)

    def before(self, earlier: Iterable[tuple[Entry, str]], key_id: str) -> str:
        """Return what stands for the seal before the first chained event of a person: a hash over
        the events from before there was a chain, each with its details' digest."""
        folded = [[*_plain(entry), digest] for entry, digest in earlier]
        return _hash(self._keys[key_id], b"consent before", folded) if folded else ""


def same(one: str, other: str) -> bool:
    """Say whether two hashes are equal, in a time that does not tell where they differ."""
    return hmac.compare_digest(one.encode(), other.encode())


def _plain(entry: Entry) -> list[object]:
    given_at = entry.given_at and _spelled(entry.given_at)
    return [*entry[:4], _spelled(entry.at), given_at, *entry[6:]]


def _spelled(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


@lru_cache(maxsize=64)  # the same for all events that an import makes, but for a few topics
def _what(topic_id: int, change: str, at: datetime) -> str:
    return f"{topic_id:d},{_quoted(change)},{_quoted(_spelled(at))}"


@lru_cache(maxsize=64)
def _how(frequency: str | None, wording: str, form_version: str, language: str, actor: str) -> str:
    promised = "null" if frequency is None else _quoted(frequency)
    return f"{promised},{','.join(map(_quoted, (wording, form_version, language, actor)))}"


_encode = json.JSONEncoder(separators=(",", ":")).encode


def _hash(key: bytes, purpose: bytes, fields: Sequence[object]) -> str:
    return _finish(_keyed(key, purpose), _encode(fields))


def _keyed(key: bytes, purpose: bytes) -> "hashlib.blake2b":
    """Return a hash that has taken its key in; what is hashed often continues from a copy."""
    return hashlib.blake2b(digest_size=_SIZE, key=key, person=purpose)


def _finish(made: "hashlib.blake2b", text: str) -> str:
    made.update(text.encode())
    return made.hexdigest()


def _derived(secret: str, purpose: bytes) -> bytes:
    return hashlib.blake2b(secret.encode(), digest_size=_SIZE, person=purpose).digest()


def _key_id(secret: str) -> str:
    return _derived(secret, b"consent key id")[:4].hex()
