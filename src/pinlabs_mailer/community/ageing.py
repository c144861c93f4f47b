"""Consent that grows old: reminding people before its end, and expiring it. One transaction each.

Whoever acts asks again first, with the people held, so that nothing depends on what was found
before; a run that was killed is repeated, and two at once do the work of one.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, literal_column, select

from pinlabs_mailer import topics
from pinlabs_mailer.community import consent
from pinlabs_mailer.community.consent import Change, Circumstances
from pinlabs_mailer.community.retention import Due, Held, Reminder, Rules, due
from pinlabs_mailer.db.among import is_among
from pinlabs_mailer.db.tables import delivery, renewal, subscription
from pinlabs_mailer.db.words import Consent, ConsentChange, DeliveryKind, DeliveryStatus
from pinlabs_mailer.outbox import rows
from pinlabs_mailer.outbox.eligible import TOPIC_RETIRED
from pinlabs_mailer.outbox.rows import Reminding

Plan = Mapping[int, Due]
HELD = subscription.c.status == literal_column("'confirmed'")
"""To the letter as in ix_subscription_held."""


def people(connection: Connection, rules: Rules, now: datetime) -> Iterator[int]:
    """Yield whose consent ends within the longest reminder, or is over. Some may come twice."""
    soon = now + rules.reminders[0]
    for topic in topics.every(connection):
        latest = rules.term(topic.id).latest_start(soon)
        found = connection.execution_options(yield_per=1000).execute(
            select(subscription.c.subscriber_id).where(
                HELD,
                subscription.c.topic_id == topic.id,
                subscription.c.term_since <= latest,
            )
        )
        yield from found.scalars()


def look(connection: Connection, ids: Sequence[int], rules: Rules, now: datetime) -> Plan:
    """Return what is due for these people, for those for whom anything is."""
    held: dict[int, list[Held]] = {}
    for who, stand in consent.standings(connection, ids).items():
        for topic_id, where in stand.items():
            if where.status == Consent.CONFIRMED and where.term_since is not None:
                held.setdefault(who, []).append(Held(topic_id, where.term_since))
    made: dict[int, list[Reminder]] = {}
    for who, number, term_ends, ends_at, status, done_at, about, reason in connection.execute(
        select(
            delivery.c.subscriber_id,
            renewal.c.number,
            renewal.c.term_ends,
            renewal.c.ends_at,
            delivery.c.status,
            delivery.c.finished_at,
            renewal.c.topics,
            delivery.c.reason,
        )
        .join_from(delivery, renewal)
        .where(is_among(delivery.c.subscriber_id, ids), delivery.c.kind == DeliveryKind.RENEWAL)
    ):
        counts_for = () if reason == TOPIC_RETIRED else about
        one = Reminder(number, term_ends, ends_at, DeliveryStatus(status), done_at, counts_for)
        made.setdefault(who, []).append(one)
    # as it is now: a topic may come back while the job runs
    retired = {one.id for one in topics.every(connection) if one.retired_at is not None}
    found = {who: due(some, made.get(who, []), rules, now, retired) for who, some in held.items()}
    return {who: one for who, one in found.items() if one.notices or one.expired}


def act(connection: Connection, plan: Plan, how: Circumstances) -> None:
    """Queue the reminders and record what has expired. What waits for them then is dropped."""
    reminding = [Reminding(who, *notice) for who, one in plan.items() for notice in one.notices]
    rows.enqueue_renewals(connection, reminding, how.at)
    changes = [
        Change(who, topic_id, ConsentChange.EXPIRED, how)
        for who, one in plan.items()
        for topic_id in one.expired
    ]
    consent.record(connection, changes)
    rows.drop_of(connection, {one.subscriber_id for one in changes}, how.at)
