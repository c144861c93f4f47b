"""What follows for a person from a mail that did not arrive, or that they complained of.

The rules stand in `outbox.consequences`. This is where they are carried out, for what the relay
says and for what comes back, each once for a delivery.
"""

from collections import Counter
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Connection, Row, bindparam, select, update

from pinlabs_mailer.community import leaving, suppression
from pinlabs_mailer.community.consent import Circumstances
from pinlabs_mailer.db.insert import add_number
from pinlabs_mailer.db.tables import delivery, issue_return, subscriber, wish
from pinlabs_mailer.db.words import Bounce, DeliveryKind, Returned, SuppressionReason
from pinlabs_mailer.db.words import DeliveryStatus as Status
from pinlabs_mailer.outbox.consequences import (
    CONSEQUENCES,
    Consequence,
    Fate,
    is_full_for_long,
    is_gone_for_long,
)

_WEIGHT = {None: 0, Bounce.SENDER: 1, Bounce.SOFT: 2, Bounce.DOMAIN: 3, Bounce.HARD: 4}
"""A delivery can have several reports; the heaviest says why it did not arrive."""
_FATES = 200
_OF_WISHES = (DeliveryKind.LINK, DeliveryKind.NOTICE)


Counts = Counter[tuple[int | None, Returned]]
"""How much came back, by the issue that it is of and what it is."""


class Failure(NamedTuple):
    """A mail that did not arrive."""

    delivery_id: int
    bounce: Bounce
    note: str
    """In whose words it is known, for the record."""
    came_back: bool = False
    """Whether the relay had taken it."""


def take(connection: Connection, failure: Failure, now: datetime, counts: Counts) -> Consequence:
    """Note why a mail did not arrive, and carry out what follows; return what was done.

    NOTHING when it was known already, or is no worse than what was known. What is to be counted is
    added to `counts`, for `add_counts` at the end of the transaction.
    """
    sent = _sent(connection, failure.delivery_id)
    if _WEIGHT[failure.bounce] <= _WEIGHT[sent.bounce]:
        return Consequence.NOTHING
    changes: dict[str, Any] = {"bounce": failure.bounce}
    if failure.came_back and sent.bounced_at is None:
        changes["bounced_at"] = now
        counts[sent.issue_id, Returned.BOUNCED] += 1
    connection.execute(update(delivery).where(delivery.c.id == sent.id).values(changes))
    if failure.bounce is Bounce.SENDER:
        counts[sent.issue_id, Returned.SENDER] += 1
    elif failure.bounce is not Bounce.SOFT and sent.bounce not in (Bounce.HARD, Bounce.DOMAIN):
        counts[sent.issue_id, Returned.HARD] += 1
    follows = CONSEQUENCES[failure.bounce]
    if follows is Consequence.TELL or not is_about_address(sent):
        return follows
    if follows is Consequence.SUPPRESS or _is_time(connection, follows, sent, now):
        suppression.suppress(
            connection, sent.email_key, SuppressionReason.BOUNCE, now, failure.note
        )
        return Consequence.SUPPRESS
    return follows


def complained(
    connection: Connection, delivery_id: int, how: Circumstances, note: str, counts: Counts
) -> Consequence:
    """Take a complaint about one mail; NOTHING when there was one before."""
    sent = _sent(connection, delivery_id)
    if sent.complained_at is not None:
        return Consequence.NOTHING
    connection.execute(
        update(delivery).where(delivery.c.id == sent.id).values(complained_at=how.at)
    )
    counts[sent.issue_id, Returned.COMPLAINED] += 1
    if is_about_address(sent):
        end(connection, sent.subscriber_id, sent.email_key, how, note)
    return Consequence.END


def end(
    connection: Connection, subscriber_id: int, email_key: str, how: Circumstances, note: str
) -> None:
    """Withdraw the consent of somebody who complained, and suppress their address for good."""
    leaving.withdraw(connection, subscriber_id, how)
    suppression.suppress(connection, email_key, SuppressionReason.COMPLAINT, how.at, note)


def add_counts(connection: Connection, counts: Counts) -> None:
    """Add to what came back from issues."""
    for issue_id, what in sorted(one for one in counts if one[0] is not None):
        key = {"issue_id": issue_id, "what": what}
        add_number(connection, issue_return, key, counts[issue_id, what])


def is_about_address(sent: Row[*tuple[Any, ...]]) -> bool:
    """Say whether a mail had gone to the address that its person has now.

    They may have another since, a mail about a wish may have gone to the one that was to be it,
    and who was erased has none.
    """
    if sent.erased_at is not None or sent.elsewhere:
        return False
    if sent.kind in _OF_WISHES and sent.elsewhere is None:  # the wish is gone, and what it said
        return False
    return sent.moved_at is None or (
        sent.started_at is not None and sent.started_at > sent.moved_at
    )


def _sent(connection: Connection, delivery_id: int) -> Row[*tuple[Any, ...]]:
    return connection.execute(_mail, {"delivery": delivery_id}).one()


_mail = (
    select(
        delivery.c.id,
        delivery.c.kind,
        delivery.c.issue_id,
        delivery.c.subscriber_id,
        delivery.c.started_at,
        delivery.c.bounce,
        delivery.c.bounced_at,
        delivery.c.complained_at,
        subscriber.c.email_key,
        subscriber.c.erased_at,
        subscriber.c.moved_at,
        wish.c.email.label("elsewhere"),
    )
    .select_from(delivery.join(subscriber).outerjoin(wish, wish.c.id == delivery.c.wish_id))
    .where(delivery.c.id == bindparam("delivery", type_=BigInteger()))
    .with_for_update(of=delivery)  # two reports on one mail, at once: each sees the other
)
"""Built once: for each of thousands of reports that would take longer than asking."""


def _is_time(
    connection: Connection, follows: Consequence, sent: Row[*tuple[Any, ...]], now: datetime
) -> bool:
    """Say whether what was only counted up to now is enough."""
    fates = _fates(connection, sent.subscriber_id, sent.moved_at)
    enough = is_full_for_long if follows is Consequence.COUNT else is_gone_for_long
    return enough(fates, now)


def _fates(connection: Connection, subscriber_id: int, since: datetime | None) -> list[Fate]:
    """Return what became of the last mails to a person, the oldest first."""
    wanted = (
        select(
            delivery.c.finished_at,
            delivery.c.kind == DeliveryKind.DIGEST,
            delivery.c.bounce,
            delivery.c.status == Status.ACCEPTED,
        )
        .where(delivery.c.subscriber_id == subscriber_id, delivery.c.finished_at.is_not(None))
        .where(delivery.c.status.not_in([Status.SKIPPED, Status.PLANNED]))
        .where(delivery.c.kind.not_in(_OF_WISHES))
        .order_by(delivery.c.finished_at.desc())
        .limit(_FATES)
    )
    if since is not None:
        wanted = wanted.where(delivery.c.started_at > since)
    return [
        Fate(at, bool(is_issue), Bounce(bounce) if bounce else None, bool(accepted))
        for at, is_issue, bounce, accepted in reversed(connection.execute(wanted).all())
    ]
