"""Removing what need not be kept: requests nobody confirmed, and proof whose time is over.

As in `ageing`, whoever acts asks again first, with the people held.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, delete, exists, literal_column, select, update

from pinlabs_mailer.community import consent, erasure
from pinlabs_mailer.community.consent import Change, Circumstances
from pinlabs_mailer.community.retention import OPEN, Rules
from pinlabs_mailer.community.standing import Standing
from pinlabs_mailer.db.among import is_among
from pinlabs_mailer.db.tables import (
    attempt,
    consent_event,
    delivery,
    opt_in,
    renewal,
    report,
    saved_search,
    subscriber,
    subscription,
    topic,
    wish,
)
from pinlabs_mailer.db.words import Consent, ConsentChange, DeliveryStatus
from pinlabs_mailer.outbox import rows

_NOTHING_ELSE = (ConsentChange.REQUESTED, ConsentChange.EXPIRED)
_ENDED = (Consent.WITHDRAWN, Consent.EXPIRED)


OVER = subscription.c.status != literal_column("'confirmed'")
"""To the letter as in ix_subscription_over; with it, single out one status."""


class Requests(NamedTuple):
    """What of the requests of some people has waited too long."""

    gone: tuple[int, ...]
    """People of whom nothing else is known: nothing of them stays."""
    expired: tuple[tuple[int, int], ...]
    """Ids of person and topic where the person stays, for what else there is."""


def unconfirmed(connection: Connection, rules: Rules, now: datetime) -> Iterator[int]:
    """Yield who asked to join, and never confirmed. Some may come twice."""
    return _since(connection, Consent.PENDING, rules.pending.latest_start(now))


def look_unconfirmed(
    connection: Connection, ids: Sequence[int], rules: Rules, now: datetime
) -> Requests:
    """Return which requests are over; none of people whose mail is on the wire."""
    busy = _with_mail_on_its_way(connection, ids)
    asked = {
        (who, which): one.requested_at
        for who, stand in consent.standings(connection, ids).items()
        for which, one in stand.items()
        if one.status == Consent.PENDING and who not in busy
    }
    over = {place for place, at in asked.items() if at and rules.pending.after(at) <= now}
    waiting = {who for who, _ in asked.keys() - over}
    candidates = {who for who, _ in over} - waiting
    kept = set(
        connection.execute(
            select(consent_event.c.subscriber_id)
            .where(is_among(consent_event.c.subscriber_id, candidates))
            .where(consent_event.c.change.not_in(_NOTHING_ELSE))
        ).scalars()
    )
    kept |= set(
        connection.execute(
            select(delivery.c.subscriber_id)
            .where(is_among(delivery.c.subscriber_id, candidates))
            .where(delivery.c.issue_id.is_not(None))
        ).scalars()
    )
    gone = candidates - kept
    stay = sorted(one for one in over if one[0] not in gone)
    return Requests(tuple(sorted(gone)), tuple(stay))


def purge_requests(connection: Connection, plan: Requests, how: Circumstances) -> None:
    """Remove those people with all that belongs to them, and expire the requests of the others."""
    consent.record(
        connection,
        [Change(who, which, ConsentChange.EXPIRED, how) for who, which in plan.expired],
    )
    staying = sorted({who for who, _ in plan.expired})
    rows.drop_of(connection, staying, how.at)
    pending = exists().where(
        subscription.c.subscriber_id == opt_in.c.subscriber_id,
        subscription.c.status == Consent.PENDING,
    )
    old = select(opt_in.c.id).where(
        is_among(opt_in.c.subscriber_id, staying), opt_in.c.confirmed_at.is_(None), ~pending
    )
    connection.execute(update(delivery).where(delivery.c.opt_in_id.in_(old)).values(opt_in_id=None))
    connection.execute(delete(opt_in).where(opt_in.c.id.in_(old)))
    _remove(connection, plan.gone)


def ended(connection: Connection, rules: Rules, now: datetime) -> Iterator[int]:
    """Yield who left, or whose consent expired, so long ago. Some may come twice."""
    latest = rules.proof.latest_start(now)
    for status in _ENDED:
        yield from _since(connection, status, latest)


def look_ended(
    connection: Connection, ids: Sequence[int], rules: Rules, now: datetime
) -> tuple[int, ...]:
    """Return for whom no proof has to be kept any more: all they were in is over for that long."""
    busy = _with_mail_on_its_way(connection, ids)
    return tuple(
        who
        for who, stand in sorted(consent.standings(connection, ids).items())
        if stand and who not in busy and all(_proved(one, rules, now) for one in _proves(stand))
    )


def _proved(one: Standing, rules: Rules, now: datetime) -> bool:
    since = one.term_since
    return one.status in _ENDED and since is not None and rules.proof.after(since) <= now


def _proves(stand: Mapping[int, Standing]) -> list[Standing]:
    """Return what needs proof, or waits. A request that expired is no consent that has ended; it
    counts where there is nothing else."""
    asked = [one for one in stand.values() if one.has_ended or one.status not in _ENDED]
    return asked or list(stand.values())


def erase_ended(connection: Connection, ids: Sequence[int], how: Circumstances) -> None:
    """Erase these people."""
    for who in ids:
        erasure.erase(connection, who, how)


def old_wishes(connection: Connection, rules: Rules, now: datetime, most: int | None) -> list[int]:
    """Return up to `most` wishes whose links ended long ago: they hold former addresses."""
    old = select(wish.c.id).where(wish.c.asked_at <= rules.pending.latest_start(now))
    return list(connection.execute(old.order_by(wish.c.id).limit(most)).scalars())


def old_reports(connection: Connection, rules: Rules, now: datetime, most: int | None) -> list[int]:
    """Return up to `most` reports of bounces and complaints whose term is over."""
    old = select(report.c.id).where(report.c.received_at <= rules.returns.over_if_before(now))
    return list(connection.execute(old.order_by(report.c.id).limit(most)).scalars())


def remove_reports(connection: Connection, ids: Sequence[int]) -> None:
    """Remove these reports; what followed from them stays."""
    connection.execute(delete(report).where(is_among(report.c.id, ids)))


def remove_wishes(connection: Connection, ids: Sequence[int]) -> None:
    """Remove these wishes; the mails about them stay in the ledger."""
    mails = update(delivery).where(is_among(delivery.c.wish_id, ids))
    connection.execute(mails.values(wish_id=None))
    connection.execute(delete(wish).where(is_among(wish.c.id, ids)))


def _since(connection: Connection, status: Consent, latest: datetime) -> Iterator[int]:
    for topic_id in connection.execute(select(topic.c.id)).scalars().all():
        found = connection.execution_options(yield_per=1000).execute(
            select(subscription.c.subscriber_id).where(
                OVER,
                subscription.c.status == status,
                subscription.c.topic_id == topic_id,
                subscription.c.term_since <= latest,
            )
        )
        yield from found.scalars()


def _with_mail_on_its_way(connection: Connection, ids: Sequence[int]) -> set[int]:
    on_its_way = sorted(OPEN - {DeliveryStatus.PLANNED})
    found = connection.execute(
        select(delivery.c.subscriber_id)
        .where(is_among(delivery.c.subscriber_id, ids), delivery.c.status.in_(on_its_way))
        .distinct()
    )
    return set(found.scalars())


def _remove(connection: Connection, ids: Sequence[int]) -> None:
    """Remove people, and every row that points at them, the last ones first."""
    mails = select(delivery.c.id).where(is_among(delivery.c.subscriber_id, ids))
    for table, of in ((attempt, attempt.c.delivery_id), (renewal, renewal.c.delivery_id)):
        connection.execute(delete(table).where(of.in_(mails)))
    for table in (report, delivery, wish, opt_in, saved_search, subscription, consent_event):
        connection.execute(delete(table).where(is_among(table.c.subscriber_id, ids)))
    connection.execute(delete(subscriber).where(is_among(subscriber.c.id, ids)))
