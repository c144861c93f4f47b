"""Which of our mails a report is about, or at least whose it is.

The signed return path says it for sure, so it is asked first, and one that is forged ends the
matter. Then the Message-ID of our mail, then the unsubscribe link in it, which names the person and
not the mail. A Message-ID can be guessed: where there are return paths it only tells which mail it
was, and the link in it or a provider's signature must say whose. Never the address that the report
names: anybody can write one, and a mail that was forwarded bounces at another.
"""

from typing import NamedTuple

from sqlalchemy import BigInteger, Connection, bindparam, select

from pinlabs_mailer.db.tables import delivery, installation, subscriber
from pinlabs_mailer.feedback.report import Report
from pinlabs_mailer.outbox import message_ids
from pinlabs_mailer.outbox.return_paths import Forgery, ReturnPaths
from pinlabs_mailer.tokens import Purpose, Signer


class Match(NamedTuple):
    """Whose report it is."""

    subscriber_id: int
    email_key: str
    delivery_id: int | None
    by: str
    erased: bool = False
    """Nothing more is written down of this person."""


class Matcher(NamedTuple):
    """What our mails can be told by."""

    signer: Signer
    return_paths: ReturnPaths | None
    domain: str
    """Of our Message-IDs."""

    def match(self, connection: Connection, report: Report) -> Match | Forgery | None:
        """Return whose it is, FORGED, or None: it is about no mail of ours."""
        if self.return_paths is not None:
            named = self.return_paths.read(report.returned_to)
            if isinstance(named, Forgery):
                return named
            if named is not None:
                return _sent(connection, named, "return path")
        name = connection.execute(select(installation.c.name)).scalar_one()
        proven = self._linked(connection, report)
        for message_id in report.message_ids:
            named = message_ids.delivery_id(message_id, name, self.domain)
            found = None if named is None else _sent(connection, named, "message-id")
            if found is not None and self._is_believed(found, report, proven):
                return found
        return proven

    def _linked(self, connection: Connection, report: Report) -> Match | None:
        """Return the match with whom an unsubscribe link names."""
        for token in report.tokens:
            reference = self.signer.verify(Purpose.UNSUBSCRIBE, token)
            if reference is not None:
                return _person(connection, reference)
        return None

    def _is_believed(self, found: Match, report: Report, proven: Match | None) -> bool:
        """Say whether a mail that a Message-ID names is believed to be the one."""
        if self.return_paths is None or report.is_signed:
            return True
        return proven is not None and proven.subscriber_id == found.subscriber_id


def _sent(connection: Connection, delivery_id: int, by: str) -> Match | None:
    """Return the match with a mail that was sent."""
    found = connection.execute(_of_delivery, {"delivery": delivery_id}).first()
    return Match(found.id, found.email_key, delivery_id, by, found.erased) if found else None


def _person(connection: Connection, reference: str) -> Match | None:
    found = connection.execute(select(*_PERSON).where(subscriber.c.reference == reference)).first()
    return Match(found.id, found.email_key, None, "token", found.erased) if found else None


_PERSON = (
    subscriber.c.id,
    subscriber.c.email_key,
    subscriber.c.erased_at.is_not(None).label("erased"),
)
_of_delivery = (
    select(*_PERSON)
    .select_from(delivery.join(subscriber))
    .where(delivery.c.id == bindparam("delivery", type_=BigInteger()))
    .where(delivery.c.started_at.is_not(None))
)
