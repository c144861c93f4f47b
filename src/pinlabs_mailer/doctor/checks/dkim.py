"""D2: the DKIM record in DNS is that of our key."""

import base64
import re
from collections.abc import Iterator, Mapping

from pinlabs_mailer.doctor.finding import Finding, Topic, quoted
from pinlabs_mailer.doctor.subject import NotSet, Subject
from pinlabs_mailer.mail import dkim_key

KEY = Topic("dkim.key", "M23, RFC 8301 section 3.2")
RECORD = Topic("dkim.record", "D2, RFC 6376 section 3.6.1")
MATCHES = Topic("dkim.matches", "D2, M22, RFC 6376 section 3.6.1")


def check(subject: Subject) -> Iterator[Finding]:
    """Is the key strong, is its record public, are the two a pair?"""
    settings = subject.settings
    if settings.dkim_key is settings.dkim_selector is settings.dkim_domain is None:
        yield KEY.unknown(
            "We do not sign, so whether mail is signed is up to the relay.",
            "Make a key with `pinlabs-mailer dkim keygen`, or have the relay sign: "
            "Gmail, Yahoo and Microsoft refuse bulk mail without a signature.",
        )
        return
    key = subject.signing_key
    if key is None:
        raise NotSet("dkim_key")
    yield KEY.ok(f"RSA of {key.private.key_size} bits, which signs for {key.domain}")
    wanted = dkim_key.dns_record(key)
    publish = f"Publish it: {wanted.name} TXT, as `pinlabs-mailer doctor dns` prints it."
    found = subject.dns.texts(wanted.name)
    if len(found) != 1:
        seen = f"{wanted.name} has {len(found) or 'no'} TXT record{'s' * (len(found) > 1)}."
        yield RECORD.error(seen, "Keep only ours. " + publish if found else publish)
        return
    tags = _tags(found[0])
    yield from _record(tags, found[0], publish)
    if _same(tags.get("p", ""), _tags(wanted.value)["p"]):
        yield MATCHES.ok(f"{wanted.name} has our key")
    else:
        yield MATCHES.error(
            f"{wanted.name} has another key than PINLABS_DKIM_KEY: no signature verifies.",
            publish + " Or set PINLABS_DKIM_SELECTOR to the selector of our key.",
        )


def _record(tags: Mapping[str, str], text: str, publish: str) -> Iterator[Finding]:
    services = {part.strip() for part in tags.get("s", "*").split(":")}
    hashes = {part.strip() for part in tags.get("h", "sha256").split(":")}
    flags = {part.strip() for part in tags.get("t", "").split(":")}
    wrong = [
        ("has no key: it is revoked", not tags.get("p")),
        ("is none of DKIM1", tags.get("v", "DKIM1") != "DKIM1"),
        ("is not for RSA", tags.get("k", "rsa") != "rsa"),
        ("is not for mail (s=)", not services & {"*", "email"}),
        ("does not allow sha256 (h=)", "sha256" not in hashes),
    ]
    for what, is_so in wrong:
        if is_so:
            yield RECORD.error(f"The record {what}: {quoted(text)}", publish)
            return
    if "y" in flags:
        yield RECORD.warning(
            "The record says t=y, testing: receivers may treat signed mail as unsigned.",
            "Take t=y out.",
        )
    elif tags.get("v") != "DKIM1":
        yield RECORD.warning("The record does not begin with v=DKIM1.", publish)
    else:
        yield RECORD.ok(quoted(text, 60))


def _tags(text: str) -> dict[str, str]:
    parts = (part.partition("=") for part in text.split(";"))
    return {name.strip(): value.strip() for name, equals, value in parts if equals}


def _same(published: str, ours: str) -> bool:
    """Say whether two keys in base64 are one; a form at a provider may have put spaces into it."""
    plain = re.sub(r"\s+", "", published)
    try:
        return base64.b64decode(plain, validate=True) == base64.b64decode(ours)
    except ValueError:
        return False
