"""Items M16, M22 and M23: the DKIM signature, as far as it can be checked without DNS."""

import binascii
import hashlib
import re
from base64 import b64decode
from collections.abc import Iterator

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from pinlabs_mailer.mail.dkim import DkimKey, relaxed
from pinlabs_mailer.mail.preflight.finding import Fault, Severity, rule
from pinlabs_mailer.mail.preflight.printable import shown
from pinlabs_mailer.mail.preflight.reading import Mail
from pinlabs_mailer.mail.preflight.standard import Standard

_PLACE = "header DKIM-Signature"
_AGAIN = "Sign last, over the bytes as they are sent; nothing may change them afterwards."
_BITS = 2048
_SIGNED = (
    "from", "to", "subject", "date", "message-id", "mime-version", "content-type", "reply-to",
    "list-id", "list-unsubscribe", "list-unsubscribe-post", "feedback-id",
)  # fmt: skip
_FIELD_END = re.compile(rb"\r\n(?![ \t])")
_WHITE = re.compile(rb"[ \t]+")


def _signatures(mail: Mail) -> list[dict[str, str]]:
    """Return the tags of each signature (RFC 6376 section 3.2); a few are enough to look at."""
    found = []
    for value in mail.header.values("DKIM-Signature")[:5]:
        pairs = (part.partition("=") for part in value[:20_000].split(";"))
        found.append({name.strip(): "".join(text.split()) for name, _, text in pairs})
    return found


@rule("M22", Severity.ERROR, _AGAIN)
def signed(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """With a DKIM key set, the mail has its signature."""
    if standard.dkim is None:
        return
    key = standard.dkim
    if not any(_is_by(tags, key) for tags in _signatures(mail)):
        yield Fault("header", f"There is no signature of {key.selector} for {key.domain}.")


@rule("M22", Severity.ERROR, _AGAIN)
def signature_holds(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """The signature is that of the body; our own verifies with our key."""
    for tags in _signatures(mail):
        body = _canonical(mail.body, tags.get("c", ""))
        if _decoded(tags.get("bh", "")) != hashlib.sha256(body).digest():
            yield Fault(_PLACE, f"The body is not what {shown(tags.get('d', ''))} has signed.")
        elif (key := standard.dkim) is None or not _is_by(tags, key):
            continue
        elif not _verifies(mail, tags, key.private.public_key()):
            yield Fault(_PLACE, "The header is not what our key has signed.")


@rule("M16", Severity.ERROR, "Sign List-Unsubscribe and List-Unsubscribe-Post, too: RFC 8058.")
def signature_covers(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """The signature covers both unsubscribe fields and all that name sender, reader and content."""
    there = {one.name.lower() for one in mail.header.fields}
    for tags in _signatures(mail):
        listed = tags.get("h", "").lower().split(":")
        missing = [name for name in _SIGNED if name in there and name not in listed]
        if missing:
            yield Fault(_PLACE, f"It does not cover {', '.join(missing)}.")


@rule("M23", Severity.ERROR, "Sign with rsa-sha256, relaxed/relaxed, 2048 bits, t= and no l=.")
def signature_form(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """It is rsa-sha256 with 2048 bits, relaxed/relaxed, with t=, without l=, and From once more."""
    for tags in _signatures(mail):
        if tags.get("a") != "rsa-sha256":
            yield Fault(_PLACE, f"Its algorithm is {shown(tags.get('a', 'missing'), 40)}.")
        if tags.get("c") != "relaxed/relaxed":
            yield Fault(_PLACE, f"Its form is {shown(tags.get('c', 'simple/simple'), 40)}.")
        if len(_decoded(tags.get("b", ""))) * 8 < _BITS and tags.get("a") == "rsa-sha256":
            yield Fault(_PLACE, f"Its key has less than {_BITS} bits.")
        if "l" in tags:
            yield Fault(_PLACE, "It has l=: anything can be added below.")
        if "t" not in tags:
            yield Fault(_PLACE, "It has no t=.")
        if tags.get("h", "").lower().split(":").count("from") < 2:
            yield Fault(_PLACE, "From is not listed twice: somebody can put another above it.")


@rule("M23", Severity.ERROR, "Set PINLABS_DKIM_DOMAIN to the sender's domain, or one above it.")
def signature_aligned(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """The domain of the signature is the sender's, one above or one below it."""
    for tags in _signatures(mail):
        signing, sender = tags.get("d", "").lower(), mail.sender_domain
        both = (f".{signing}", f".{sender}")
        if not signing or not (both[0].endswith(both[1]) or both[1].endswith(both[0])):
            yield Fault(
                _PLACE, f"It is of {shown(signing) or 'nobody'}, From is in {shown(sender)}."
            )


def _is_by(tags: dict[str, str], key: DkimKey) -> bool:
    return (tags.get("d"), tags.get("s")) == (key.domain, key.selector)


def _decoded(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _canonical(body: bytes, form: str) -> bytes:
    """Return the body as it is hashed (RFC 6376 section 3.4)."""
    if form.partition("/")[2] == "relaxed":
        body = b"\r\n".join(_WHITE.sub(b" ", line).rstrip() for line in body.split(b"\r\n"))
    stripped = body.rstrip(b"\r\n")
    if form.partition("/")[2] == "relaxed" and not stripped:
        return b""
    return stripped + b"\r\n"


def _verifies(mail: Mail, tags: dict[str, str], key: RSAPublicKey) -> bool:
    left: dict[bytes, list[bytes]] = {}
    own = b""
    for one in _FIELD_END.split(mail.head):
        name = one.partition(b":")[0].strip().lower()
        if name == b"dkim-signature" and tags["b"][:40].encode() in b"".join(one.split()):
            own = one
        else:
            left.setdefault(name, []).append(one)
    hashed = []
    for name in tags.get("h", "").lower().split(":"):
        fields = left.get(name.encode(), [])
        if fields:
            hashed.append(relaxed(fields.pop()))
    hashed.append(re.sub(rb"([;:] ?b=)[^;]*", rb"\1", relaxed(own)))
    try:
        key.verify(_decoded(tags.get("b", "")), b"\r\n".join(hashed), PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True


RULES = (signed, signature_holds, signature_covers, signature_form, signature_aligned)
