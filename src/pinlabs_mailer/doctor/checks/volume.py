"""O6: nobody sends twice as much from one day to the next without being slowed down."""

from collections.abc import Iterator

from sqlalchemy import distinct, func, select

from pinlabs_mailer.db.engine import reading
from pinlabs_mailer.db.tables import delivery, folded, subscription
from pinlabs_mailer.db.words import Consent, DeliveryStatus
from pinlabs_mailer.doctor.finding import Finding, Topic
from pinlabs_mailer.doctor.subject import Subject

VOLUME = Topic("sending.volume", "O6")

_FEW = 5_000
"""From where Gmail and Microsoft speak of bulk."""


def check(subject: Subject) -> Iterator[Finding]:
    """Would the next issue be more than twice the largest so far?"""
    with reading(subject.app.engine) as connection:
        readers = connection.execute(
            select(func.count(distinct(subscription.c.subscriber_id))).where(
                subscription.c.status == Consent.CONFIRMED
            )
        ).scalar_one()
        accepted = (
            select(delivery.c.issue_id, func.count().label("number"))
            .where(delivery.c.status == DeliveryStatus.ACCEPTED, delivery.c.issue_id.is_not(None))
            .group_by(delivery.c.issue_id)
            .subquery()
        )
        largest = connection.execute(select(func.max(accepted.c.number))).scalar() or 0
        old = select(func.max(folded.c.number)).where(folded.c.status == DeliveryStatus.ACCEPTED)
        largest = max(largest, connection.execute(old).scalar() or 0)
    steep = readers > _FEW and readers > 2 * largest and subject.settings.rate is None
    yield VOLUME.judged(
        f"{readers} readers, and no issue had more than {largest}: providers slow down who grows "
        "in leaps."
        if steep
        else "",
        f"{readers} readers, the largest issue so far had {largest}",
        "Set PINLABS_RATE so that an issue takes some hours, until a few have gone out.",
    )
