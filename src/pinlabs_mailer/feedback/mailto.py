"""The mailto form of unsubscribing: a mail whose subject is `unsubscribe TOKEN` (RFC 2369).

The token decides, as in the https form; who the mail is from does not matter.
"""

from sqlalchemy import Connection

from pinlabs_mailer.community import leaving, subscribers
from pinlabs_mailer.community.consent import Circumstances
from pinlabs_mailer.feedback import command
from pinlabs_mailer.feedback.part import parse
from pinlabs_mailer.tokens import Purpose, Signer
from pinlabs_mailer.topics import Topic

HEADER_LIMIT = 256_000
"""Bytes of a mail that are looked at: its header is in them, or it is no mail for us."""


def token_in(raw: bytes) -> str | None:
    """Return the token of an unsubscribe mail, None if it is something else."""
    return command.token_of(parse(raw[:HEADER_LIMIT]).fields.words("subject"))


def take(
    connection: Connection, signer: Signer, token: str, how: Circumstances
) -> list[Topic] | None:
    """Unsubscribe whom the token names; return the topics left, None for a token that is bad."""
    reference = signer.verify(Purpose.UNSUBSCRIBE, token)
    person = subscribers.by_reference(connection, reference) if reference else None
    if person is None:
        return None
    return leaving.withdraw(connection, person.id, how)
