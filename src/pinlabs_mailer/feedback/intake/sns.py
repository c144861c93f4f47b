"""Opening what Amazon SNS posts: only what Amazon has signed, for the operator's topic, and lately.

The certificate is named in the post itself, so its address is looked at before anything is fetched:
https, at the SNS host of the topic's own region, and no redirect away from there. A post that is
played again is taken again, which changes nothing (`feedback.recording`).
https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
"""

import base64
import binascii
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from pinlabs_mailer.content.dates import from_iso
from pinlabs_mailer.errors import BadInput

_OLDEST, _AHEAD = timedelta(days=1), timedelta(minutes=15)
"""Amazon goes on trying for about an hour."""
_SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": (
        *("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    ),
    "UnsubscribeConfirmation": (
        *("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    ),
}
_HASHES: dict[str, Callable[[], hashes.HashAlgorithm]] = {
    "1": hashes.SHA1,
    "2": hashes.SHA256,
}
"""By SignatureVersion. To forge by SHA-1 somebody else's signature one needs a second preimage."""
_MOST_CERTIFICATES = 8


class Notice(NamedTuple):
    """A post that is genuine."""

    type: str
    message: str
    subscribe_url: str


@dataclass
class Opener:
    """Opens posts for one topic."""

    topic: str
    """Its ARN: arn:aws:sns:REGION:ACCOUNT:NAME."""
    fetch: Callable[[str], bytes]
    """Gets what is at an address, from there and nowhere else."""
    clock: Callable[[], datetime]
    _certificates: dict[str, bytes] = field(default_factory=dict)
    """Those that have verified something, by their addresses."""

    def open(self, body: bytes) -> Notice:
        """Return what is in a post, or raise BadInput: it is not from the topic's own Amazon."""
        post = _fields(body)
        names = _SIGNED.get(post.get("Type", ""))
        if names is None or post.get("TopicArn") != self.topic:
            raise _refused("it is of another type or topic")
        self._look_at_time(post.get("Timestamp", ""))
        self._look_at_signature(post, names)
        subscribe_url = post.get("SubscribeURL", "")
        if subscribe_url and not self._is_amazons(subscribe_url):
            raise _refused("its SubscribeURL leads elsewhere")
        return Notice(post["Type"], post["Message"], subscribe_url)

    def confirm(self, notice: Notice) -> None:
        """Confirm the subscription that a post asks about."""
        self.fetch(notice.subscribe_url)

    def _look_at_time(self, written: str) -> None:
        at = from_iso(written)
        now = self.clock()
        if at is None or not now - _OLDEST <= at <= now + _AHEAD:
            raise _refused("it is too old")

    def _look_at_signature(self, post: dict[str, str], names: tuple[str, ...]) -> None:
        url = post.get("SigningCertURL", "")
        made = _HASHES.get(post.get("SignatureVersion", ""))
        if made is None or not self._is_amazons(url) or not urlsplit(url).path.endswith(".pem"):
            raise _refused("nobody known has signed it")
        text = "".join(f"{name}\n{post[name]}\n" for name in names if name in post)
        try:
            signature = base64.b64decode(post.get("Signature", ""), validate=True)
            pem = self._certificates.get(url) or self.fetch(url)
            certificate = x509.load_pem_x509_certificate(pem)
            key = certificate.public_key()
            if not isinstance(key, rsa.RSAPublicKey) or not self._is_valid(certificate):
                raise _refused("its certificate is not valid")
            key.verify(signature, text.encode(), padding.PKCS1v15(), made())
        except (binascii.Error, ValueError, InvalidSignature) as error:
            raise _refused("its signature is wrong") from error
        if len(self._certificates) >= _MOST_CERTIFICATES:
            self._certificates.clear()
        self._certificates[url] = pem

    def _is_valid(self, certificate: x509.Certificate) -> bool:
        return certificate.not_valid_before_utc <= self.clock() <= certificate.not_valid_after_utc

    def _is_amazons(self, url: str) -> bool:
        """Say whether an address is one of SNS, in the region of our topic."""
        partition, _, region = self.topic.split(":")[1:4]
        end = "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com"
        shape = rf"https://sns\.{re.escape(region)}\.{re.escape(end)}/[\x21-\x7e]*"
        return re.fullmatch(shape, url) is not None


def _fields(body: bytes) -> dict[str, str]:
    try:
        post: Any = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise _refused("it is no JSON") from error
    if not isinstance(post, dict):
        raise _refused("it is no object")
    return {name: value for name, value in post.items() if isinstance(value, str)}


def _refused(why: str) -> BadInput:
    return BadInput(f"The post was not taken: {why}.", "Look at PINLABS_SES_TOPIC and the clock.")
