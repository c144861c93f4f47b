"""A key to sign with, made once, and what the judges say."""

from collections.abc import Sequence
from functools import cache

from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from tests.support import signatures
from tests.support.signatures import MailDkim
from tests.unit.mail import samples
from tests.unit.mail.samples import AT

from pinlabs_mailer.digest import letter
from pinlabs_mailer.mail.dkim import DkimKey, Seal
from pinlabs_mailer.mail.dkim_key import DnsRecord, dns_record
from pinlabs_mailer.mail.masthead import Masthead
from pinlabs_mailer.mail.message import Prepared
from pinlabs_mailer.mail.templates import RenderedMail


@cache
def key() -> DkimKey:
    return DkimKey("s2026", "pinlabs.example", generate_private_key(65537, 2048))


@cache
def record() -> DnsRecord:
    return dns_record(key())


def sealed(head: Masthead, rendered: RenderedMail) -> Prepared:
    """Return a digest that will be signed."""
    return letter.prepared(head, rendered, key())


@cache
def small() -> Prepared:
    """Return a digest of a few words."""
    return sealed(samples.masthead(), RenderedMail("A subject", "Text.\n", "<p>HTML.</p>\n"))


def by_hand(
    fixed: bytes, varying: Sequence[bytes], body: bytes, key_: DkimKey | None = None
) -> bytes:
    """Return a signed message of these parts. The fixed fields come last, as in our mails."""
    signature = Seal(key_ or key(), fixed).signature(varying, body, AT)
    return b"".join([signature, *varying, fixed, b"\r\n", body])


def both_accept(judge: MailDkim, message: bytes) -> bool:
    """Say whether both judges verify it; they must agree."""
    first = signatures.accepted_by_dkimpy(message, record(), AT)
    second = judge.verdict(message)
    assert first == (second == "pass"), (first, second)
    return first
