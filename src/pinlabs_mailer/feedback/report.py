"""What a returned mail says, once it is read. Pure values."""

from typing import NamedTuple

from pinlabs_mailer.db.words import ReturnKind
from pinlabs_mailer.outbox.replies import Reason as Reason

Kind = ReturnKind


class Report(NamedTuple):
    """What one mail says about one recipient. Every text is bounded and on one line."""

    kind: Kind
    recipient: str = ""
    """The address that the report is about; "" if it does not say."""
    status: str = ""
    """An RFC 3463 code such as 5.1.1; "" if there is none."""
    reason: str = ""
    """A `Reason`, as the outbox has them."""
    diagnostic: str = ""
    """The remote server's own words."""
    returned_to: tuple[str, ...] = ()
    """Addresses that the report came to, or that the original was sent from, the surest first."""
    message_ids: tuple[str, ...] = ()
    """Message-IDs that the report names, without brackets, that of the original first."""
    tokens: tuple[str, ...] = ()
    """Unsubscribe tokens in the returned original; who redacts a complaint often leaves them."""
    unsubscribe_token: str = ""
    """The token that a mail asking to unsubscribe carries."""
    is_signed: bool = False
    """A provider has signed it: then nobody else has made it up."""
    is_letter: bool = False
    """It is none of all that: a person wrote it."""
