"""Who may be mailed, as one SQL condition. It is asked when a delivery starts, and when a
withdrawal drops what waits; nothing is mailed that does not fulfil it at that moment.
"""

from sqlalchemy import ColumnElement, case, exists

from pinlabs_mailer.db.among import is_listed
from pinlabs_mailer.db.tables import (
    delivery,
    edition_topic,
    issue,
    opt_in,
    renewal,
    subscriber,
    subscription,
    suppression,
    topic,
    wish,
)
from pinlabs_mailer.db.words import Consent, DeliveryKind, IssueStatus, SuppressionReason
from pinlabs_mailer.outbox.where import word

TOPIC_RETIRED = "topic retired"
"""Why a reminder is dropped that asks about such a topic; another is made of what is told."""

_listed = exists().where(suppression.c.email_key == subscriber.c.email_key)
_listed_for_good = _listed.where(
    suppression.c.reason.in_([word(SuppressionReason.COMPLAINT), word(SuppressionReason.MANUAL)])
)
_person = exists().where(subscriber.c.id == delivery.c.subscriber_id)
# Who was erased has no address; nothing should be left to send them, whatever else went wrong.
_erased = subscriber.c.erased_at.is_not(None)
_suppressed = _person.where(_erased | _listed.correlate(subscriber))
_refused_for_good = _person.where(_erased | _listed_for_good.correlate(subscriber))
_consent_missing = (
    exists()
    .where(edition_topic.c.edition_id == delivery.c.edition_id)
    .where(
        ~exists()
        .where(subscription.c.subscriber_id == delivery.c.subscriber_id)
        .where(subscription.c.topic_id == edition_topic.c.topic_id)
        .where(subscription.c.status == word(Consent.CONFIRMED))
        .correlate(delivery, edition_topic)  # by itself it would look at any delivery at all
    )
)
_issue_over = exists().where(
    issue.c.id == delivery.c.issue_id, issue.c.status == word(IssueStatus.CANCELLED)
)
_request_over = ~exists().where(
    opt_in.c.id == delivery.c.opt_in_id,
    opt_in.c.confirmed_at.is_(None),
    subscription.c.subscriber_id == delivery.c.subscriber_id,
    subscription.c.status == word(Consent.PENDING),
)
_paused = exists().where(
    subscriber.c.id == delivery.c.subscriber_id,
    issue.c.id == delivery.c.issue_id,
    subscriber.c.paused_until > issue.c.opened_at,
)
_wish_over = ~exists().where(wish.c.id == delivery.c.wish_id, wish.c.done_at.is_(None))
_is_in = exists().where(
    subscription.c.subscriber_id == delivery.c.subscriber_id,
    subscription.c.status == word(Consent.CONFIRMED),
)
_is_asked = _is_in.where(
    renewal.c.delivery_id == delivery.c.id, is_listed(subscription.c.topic_id, renewal.c.topics)
)
_asks_in_vain = exists().where(
    renewal.c.delivery_id == delivery.c.id,
    is_listed(topic.c.id, renewal.c.topics),
    topic.c.retired_at.is_not(None),
)
_has_acted_since = ~exists().where(
    renewal.c.delivery_id == delivery.c.id,
    subscription.c.subscriber_id == delivery.c.subscriber_id,
    subscription.c.status == word(Consent.CONFIRMED),
    subscription.c.term_since <= renewal.c.contact_at,
)

why_not: ColumnElement[str | None] = case(
    (
        delivery.c.kind == word(DeliveryKind.DIGEST),
        case(
            (_suppressed, word("suppressed")),
            (_consent_missing, word("withdrawn")),
            (_issue_over, word("issue cancelled")),
            (_paused, word("paused")),
        ),
    ),
    (
        delivery.c.kind == word(DeliveryKind.CONFIRM),
        case(
            (_refused_for_good, word("suppressed")),
            (_request_over, word("request settled")),
        ),
    ),
    (
        delivery.c.kind == word(DeliveryKind.ALREADY),
        case(
            (_refused_for_good, word("suppressed")),
            (~_is_in, word("withdrawn")),
        ),
    ),
    (
        delivery.c.kind == word(DeliveryKind.WELCOME),
        case(
            (_suppressed, word("suppressed")),
            (_consent_missing, word("withdrawn")),
        ),
    ),
    (
        delivery.c.kind == word(DeliveryKind.RENEWAL),
        case(
            (_suppressed, word("suppressed")),
            (~_is_asked, word("withdrawn")),
            (_asks_in_vain, word(TOPIC_RETIRED)),
            (_has_acted_since, word("renewed")),
        ),
    ),
    (
        delivery.c.kind.in_([word(DeliveryKind.LINK), word(DeliveryKind.NOTICE)]),
        case(
            (_refused_for_good, word("suppressed")),
            (_wish_over, word("request settled")),
        ),
    ),
    else_=word("unknown kind"),
)
"""NULL when the delivery may go; else the reason why not, for the ledger."""
