"""The mailto form of unsubscribing: a mail whose subject is `unsubscribe TOKEN` (RFC 2369).

The token decides, as in the https form; who the mail is from does not matter.
"""

import re
from email import message_from_bytes, policy
from email.errors import MessageError
from email.header import Header, decode_header, make_header

from sqlalchemy import Connection

from pinlabs_mailer.community import leaving, subscribers
from pinlabs_mailer.community.consent import Circumstances
from pinlabs_mailer.tokens import TOKEN_LENGTH, Purpose, Signer
from pinlabs_mailer.topics import Topic

HEADER_LIMIT = 256_000
"""Bytes of a mail that are looked at: its header is in them, or it is no mail for us."""
_COMMAND = re.compile(rf"unsubscribe(?:\s|%20)+([A-Za-z0-9_-]{{{TOKEN_LENGTH}}})", re.IGNORECASE)


def token_in(raw: bytes) -> str | None:
    """Return the token of an unsubscribe mail, None if it is something else."""
    header = raw[:HEADER_LIMIT].lstrip(b"\r\n")
    if header.startswith(b"From "):  # the mbox line that some pipes put first
        header = header.partition(b"\n")[2]
    subject = message_from_bytes(header, policy=policy.compat32).get("Subject", "")
    match = _COMMAND.search(" ".join(_words(subject).split()))
    return match[1] if match else None


def _words(subject: str | Header) -> str:
    """Return a subject with its encoded-words read; some mail programs encode plain ASCII too."""
    try:
        return str(make_header(decode_header(subject)))
    except (MessageError, LookupError, ValueError):  # base64, character set or bytes are broken
        return str(subject)


def take(
    connection: Connection, signer: Signer, token: str, how: Circumstances
) -> list[Topic] | None:
    """Unsubscribe whom the token names; return the topics left, None for a token that is bad."""
    reference = signer.verify(Purpose.UNSUBSCRIBE, token)
    person = subscribers.by_reference(connection, reference) if reference else None
    if person is None:
        return None
    return leaving.withdraw(connection, person.id, how)
