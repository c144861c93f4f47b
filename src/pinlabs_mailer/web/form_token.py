"""The signed token in the sign-up form: when it was made, and a bit of chance (item A3). Pure.

    mmmmmmmmrrrr    the reference, 12 characters of base64url
    m   milliseconds since 1970, in 48 bits
    r   24 bits of chance, so that two forms are two: each is good for one mail

No cookie and no row is needed to hand out a form, so opening the page costs nothing.
"""

import base64
import secrets
from datetime import UTC, datetime, timedelta
from enum import Enum

from pinlabs_mailer.community.limits import FORM_LIVES
from pinlabs_mailer.tokens import Purpose, Signer

FIELD = "form"
HONEYPOT = "website"
"""A field that people do not see and many a program fills in."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class Verdict(Enum):
    """What a token that came with a form says about it."""

    GOOD = 1
    TOO_FAST = 2
    """Nobody types like that."""
    NONE = 3
    """Forged, missing or too old: a form on another site, one left open, or a blind program."""


def make(signer: Signer, now: datetime) -> str:
    """Return the token for a form that is shown now."""
    made = ((now - _EPOCH) // _MILLISECOND).to_bytes(6) + secrets.token_bytes(3)
    return signer.sign(Purpose.FORM, base64.urlsafe_b64encode(made).decode())


def judge(signer: Signer, token: str, now: datetime, minimum: timedelta) -> tuple[Verdict, str]:
    """Return what a token is worth now, and the form's reference."""
    reference = signer.verify(Purpose.FORM, token)
    if reference is None:
        return Verdict.NONE, ""
    made = int.from_bytes(base64.urlsafe_b64decode(reference)[:6]) * _MILLISECOND
    age = now - _EPOCH - made
    if not timedelta(0) <= age <= FORM_LIVES:
        return Verdict.NONE, ""
    return (Verdict.TOO_FAST if age < minimum else Verdict.GOOD), reference
