"""Email addresses: kept as typed, compared by key, mailed in the form SMTP wants. Pure."""

import re
from typing import NamedTuple

from email_validator import EmailNotValidError, validate_email

from pinlabs_mailer.errors import BadAddress, BadInput

_CONTROLS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]")
_INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ufeff]")
_LINK = re.compile(r"://|www\.|\w\.\w+/|[<>@]", re.IGNORECASE)
_PLAIN_NAME = re.compile(r"\w+(?: \w+)*")
"""Nothing in it is to be looked at: most names are like that."""
_NAME_LENGTH = 60
_KEY_LENGTH = 254


class Address(NamedTuple):
    """A mailbox."""

    email: str
    """As typed, in Unicode's NFC."""
    key: str
    """What two spellings of one mailbox share: folded case, domain as ASCII."""


def parse_address(raw: str) -> Address:
    """Return the address, or raise BadAddress saying what is wrong with it."""
    shown = ascii(raw[:120])
    if _CONTROLS.search(raw):
        raise BadAddress(f"{shown} is no email address: it has control characters in it.", _FIX)
    try:
        checked = validate_email(raw.strip(), check_deliverability=False, strict=True)
    except EmailNotValidError as error:
        raise BadAddress(f"{shown} is no email address. {error}", _FIX) from error
    key = f"{checked.local_part}@{checked.ascii_domain}".casefold()
    if len(key) > _KEY_LENGTH:  # folding case can make three signs of one
        raise BadAddress(f"{shown} is no email address: it is too long.", _FIX)
    return Address(checked.normalized, key)


def envelope(email: str) -> str:
    """Return the form for SMTP and for headers: the domain as A-labels (RFC 5890).

    A local part beyond ASCII stays as it is and needs SMTPUTF8 (RFC 6531).
    """
    if email.isascii():
        return email
    checked = validate_email(email, check_deliverability=False)
    return f"{checked.local_part}@{checked.ascii_domain}"


def clean_name(raw: str) -> str:
    """Return a name that may stand in a mail, or raise BadInput.

    Sign-up forms are used to send spam in the name field, so links are refused and the length is
    bounded (item A11).
    """
    if len(raw) <= _NAME_LENGTH and _PLAIN_NAME.fullmatch(raw):
        return raw
    if _CONTROLS.search(raw):
        raise BadInput(f"The name {raw[:80]!a} has control characters.", "Leave them out.")
    name = " ".join(_INVISIBLE.sub("", raw).split())
    if len(name) > _NAME_LENGTH:
        raise BadInput(
            f"The name {name[:20]!a}... is too long.", f"Use at most {_NAME_LENGTH} characters."
        )
    if _LINK.search(name):
        raise BadInput(f"The name {name!a} looks like a link.", "Write only the name.")
    return name


_FIX = "Write one address, such as ada@example.org."
