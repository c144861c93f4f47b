"""Mails as they come back: reports on one of ours, in the forms of the RFCs."""

from email.message import EmailMessage

from pinlabs_mailer.delivery.envelope import Envelope

NO_MAILBOX = ("5.1.1", "550 5.1.1 No such user")
FULL = ("5.2.2", "552 5.2.2 Mailbox full")
NO_DOMAIN = ("5.1.2", "550 5.1.2 Host not found")
POLICY = ("5.7.1", "550 5.7.1 Message rejected due to our policy")
CONTENT = ("5.6.0", "554 5.6.0 Message content rejected")
AUTHENTICATION = ("5.7.26", "550 5.7.26 This mail is unauthenticated")
RATE = ("4.7.28", "421 4.7.28 Unusual rate of mail from your address")


def bounce(
    envelope: Envelope,
    said: tuple[str, str] = NO_MAILBOX,
    *,
    to: str | None = None,
    recipient: str | None = None,
    headers_only: bool = False,
    action: str = "failed",
) -> bytes:
    """Return a delivery report (RFC 3464) on a mail, sent to its envelope sender."""
    status, diagnostic = said
    whom = recipient or envelope.recipient
    fields = (
        "Reporting-MTA: dns; mx.example.net\r\n\r\n"
        f"Final-Recipient: rfc822; {whom}\r\nAction: {action}\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: smtp; {diagnostic}\r\n"
    )
    return _report(
        "delivery-status",
        to or envelope.sender,
        f"<{whom}>: host mx.example.net said: {diagnostic}\r\n",
        fields,
        b"" if headers_only else envelope.message,
    )


def complaint(
    envelope: Envelope,
    *,
    to: str = "fbl@pinlabs.example",
    type_: str = "abuse",
    original: bytes | None = None,
) -> bytes:
    """Return an abuse report (RFC 5965) on a mail."""
    fields = f"Feedback-Type: {type_}\r\nUser-Agent: SomeFBL/1.0\r\nVersion: 1\r\n"
    if original is None:
        original = f"Return-Path: <{envelope.sender}>\r\n".encode() + envelope.message
    return _report(
        "feedback-report",
        to,
        "This is an email abuse report.\r\n",
        fields,
        original,
    )


def letter(to: str, text: str = "Thank you, I liked it.", **fields: str) -> bytes:
    """Return a mail from a person, or from a program that answers in their place."""
    mail = EmailMessage()
    given = {"From": "Ada <ada@example.org>", "To": to, "Subject": "Re: news", **fields}
    for name, value in given.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail.as_bytes()


def _report(kind: str, to: str, words: str, fields: str, original: bytes) -> bytes:
    head = (
        "From: Mail Delivery System <MAILER-DAEMON@mx.example.net>\r\n"
        f"To: {to}\r\n"
        "Subject: Undelivered Mail Returned to Sender\r\n"
        "Auto-Submitted: auto-replied\r\n"
        "MIME-Version: 1.0\r\n"
        f'Content-Type: multipart/report; report-type={kind}; boundary="=_b"\r\n\r\n'
    )
    parts = [
        f"Content-Type: text/plain; charset=us-ascii\r\n\r\n{words}".encode(),
        f"Content-Type: message/{kind}\r\n\r\n{fields}".encode(),
    ]
    if original:
        parts.append(b"Content-Type: message/rfc822\r\n\r\n" + original)
    return head.encode() + b"".join(b"--=_b\r\n" + one + b"\r\n" for one in parts) + b"--=_b--\r\n"
