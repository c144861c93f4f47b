"""The DKIM key: made, kept in a file, published in DNS (RFC 6376 section 3.6, RFC 8301)."""

import os
from base64 import b64encode
from pathlib import Path
from typing import NamedTuple

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from pinlabs_mailer.errors import BadInput, ConfigurationError
from pinlabs_mailer.mail.dkim import DkimKey

_BITS = 2048
"""What M23 asks for. More would not fit into what every resolver and verifier takes (RFC 8301
section 3.2), and costs each message several times as much."""
_STRING = 255
_MAKE_ONE = "Make one: pinlabs-mailer dkim keygen"


class DnsRecord(NamedTuple):
    """The TXT record that verifiers look up."""

    name: str
    strings: tuple[str, ...]
    """Of at most 255 characters each, as DNS carries them; joined without a space they are the
    value (RFC 6376 section 3.6.2.2)."""

    @property
    def value(self) -> str:
        """The whole value, for providers' forms that want it in one piece."""
        return "".join(self.strings)

    @property
    def zone_line(self) -> str:
        """The line for a zone file."""
        return f"{self.name}. IN TXT ( " + " ".join(f'"{part}"' for part in self.strings) + " )"


def dns_record(key: DkimKey) -> DnsRecord:
    """Return what has to be published for the key."""
    public = key.private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    value = f"v=DKIM1; k=rsa; p={b64encode(public).decode()}"
    strings = tuple(value[start : start + _STRING] for start in range(0, len(value), _STRING))
    return DnsRecord(f"{key.selector}._domainkey.{key.domain}", strings)


def make(path: Path, selector: str, domain: str) -> DkimKey:
    """Make a key and write it to a file that only its owner can read.

    Raises BadInput where a file is already: it may be the key that mail is signed with.
    """
    private = generate_private_key(65537, _BITS)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError as error:
        raise BadInput(
            f"There is a file {path} already, and it may be a key in use.",
            "Name another with --out.",
        ) from error
    except OSError as error:
        raise BadInput(
            f"The key cannot be written to {path}: {error.strerror}.",
            "Name a place that this user may write to with --out.",
        ) from error
    return DkimKey(selector, domain, private)


def read(path: Path, selector: str, domain: str) -> DkimKey:
    """Return the key in a file, or raise ConfigurationError saying what is wrong with it."""
    try:
        private = load_pem_private_key(path.read_bytes(), None)
    except OSError as error:
        raise ConfigurationError(
            f"PINLABS_DKIM_KEY names {path}, which cannot be read: {error.strerror}.", _MAKE_ONE
        ) from error
    except TypeError as error:
        raise ConfigurationError(
            f"The DKIM key {path} is encrypted.", "Keep it without a passphrase, readable to us."
        ) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ConfigurationError(
            f"PINLABS_DKIM_KEY names {path}, which holds no private key in PEM form.", _MAKE_ONE
        ) from error
    if not isinstance(private, RSAPrivateKey):
        raise ConfigurationError(
            f"The DKIM key {path} is no RSA key, the one kind that all verify.", _MAKE_ONE
        )
    if private.key_size < _BITS:
        raise ConfigurationError(
            f"The DKIM key {path} has {private.key_size} bits; providers want {_BITS}.", _MAKE_ONE
        )
    return DkimKey(selector, domain, private)
