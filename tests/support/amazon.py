"""Amazon as far as we see it: a topic of SNS with its key, and what SES says through it."""

import base64
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from pinlabs_mailer.delivery.envelope import Envelope

TOPIC = "arn:aws:sns:eu-west-1:123456789012:bounces"
HOST = "https://sns.eu-west-1.amazonaws.com"
CERTIFICATE = f"{HOST}/SimpleNotificationService-0123.pem"
_NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])


@dataclass
class Amazon:
    """Signs posts, and hands out its certificate; notes what is fetched."""

    now: datetime
    fetched: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._key = rsa.generate_private_key(65537, 2048)
        made = x509.CertificateBuilder().subject_name(_NAME).issuer_name(_NAME)
        made = made.public_key(self._key.public_key()).serial_number(1)
        made = made.not_valid_before(self.now - timedelta(days=1))
        made = made.not_valid_after(self.now + timedelta(days=30))
        signed = made.sign(self._key, hashes.SHA256())
        self._pem = signed.public_bytes(serialization.Encoding.PEM)

    def fetch(self, url: str) -> bytes:
        """Return what is at an address."""
        self.fetched.append(url)
        return self._pem

    def post(self, message: object, **changes: str) -> bytes:
        """Return a notification, signed after these changes."""
        post = {
            "Type": "Notification",
            "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
            "TopicArn": TOPIC,
            "Message": json.dumps(message),
            "Timestamp": self.now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "SignatureVersion": "2",
            "SigningCertURL": CERTIFICATE,
            **changes,
        }
        return json.dumps({**post, "Signature": self.sign(post)}).encode()

    def sign(self, post: dict[str, str]) -> str:
        """Return the signature over a post."""
        names = ["Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token"]
        names += ["TopicArn", "Type"]
        text = "".join(f"{name}\n{post[name]}\n" for name in names if name in post)
        algorithm = hashes.SHA1() if post["SignatureVersion"] == "1" else hashes.SHA256()
        return base64.b64encode(
            self._key.sign(text.encode(), padding.PKCS1v15(), algorithm)
        ).decode()


def told(kind: str, envelope: Envelope, **about: Any) -> dict[str, Any]:
    """Return what SES says about a mail: a bounce unless it is a complaint."""
    if kind == "Complaint":
        what = {"complainedRecipients": [{"emailAddress": envelope.recipient}], **about}
        return {"notificationType": kind, "complaint": what, "mail": {"source": envelope.sender}}
    recipient = {
        "emailAddress": envelope.recipient,
        "action": "failed",
        "status": "5.1.1",
        "diagnosticCode": "smtp; 550 5.1.1 user unknown",
    }
    what = {"bounceType": "Permanent", "bounceSubType": "General", "bouncedRecipients": [recipient]}
    mail = {"source": envelope.sender}
    return {"notificationType": kind, "bounce": {**what, **about}, "mail": mail}
