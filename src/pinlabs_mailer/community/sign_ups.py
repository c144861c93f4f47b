"""Sign-up forms, from when they are sent until they are looked at.

The page only writes down what was sent. So it does the same work, and takes the same time, for an
address that is new, known, suppressed or has had enough mail (item A6). A moment later `take_up`
looks at suppressions, limits and who is known, where no stranger can hold a watch to it.
"""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, delete, func, insert, select
from sqlalchemy.exc import OperationalError

from pinlabs_mailer import topics as all_topics
from pinlabs_mailer.community import consent, joining, limits, suppression, wishes
from pinlabs_mailer.community.address import Address
from pinlabs_mailer.community.chain import Notary
from pinlabs_mailer.community.consent import Circumstances
from pinlabs_mailer.community.limits import Limits
from pinlabs_mailer.db.tables import installation, opt_in, sign_up, subscriber
from pinlabs_mailer.db.words import Actor, Frequency
from pinlabs_mailer.outbox import rows

log = logging.getLogger("pinlabs_mailer.sign_ups")

MOST = 20
"""How many are looked at in one transaction, so that SQLite's one writer is not held for long."""


class SignUp(NamedTuple):
    """A form that was sent."""

    wanted: joining.Request
    form: str
    """The reference of the form, each of which is good for one mail."""
    wording: str
    form_version: str
    language: str
    """Of the page, for the consent record."""
    source: str
    network: str
    user_agent: str


def put(connection: Connection, sent: SignUp, now: datetime) -> None:
    """Write down a form, whoever sent it."""
    put_all(connection, [sent], now)


def put_all(connection: Connection, some: Sequence[SignUp], now: datetime) -> None:
    """Write down several forms, in one statement."""
    connection.execute(
        _put,
        [
            {
                "email": sent.wanted.address.email,
                "email_key": sent.wanted.address.key,
                "topics": list(sent.wanted.topics),
                "name": sent.wanted.name,
                "locale": sent.wanted.locale,
                "frequency": sent.wanted.frequency,
                "form": sent.form,
                "wording": sent.wording,
                "form_version": sent.form_version,
                "language": sent.language,
                "source": sent.source,
                "network": sent.network[:45],
                "user_agent": sent.user_agent[:300],
                "asked_at": now,
            }
            for sent in some
        ],
    )


_put = insert(sign_up)


def waiting(connection: Connection) -> int:
    """Return how many nobody has looked at."""
    return connection.execute(select(func.count()).select_from(sign_up)).scalar_one()


def alone(connection: Connection) -> None:
    """Let nobody else count before this transaction ends: two requests for one address at the
    same moment must not both be the first. On SQLite there is one writer at a time anyway."""
    connection.execute(select(installation.c.id).with_for_update())


def take_up(connection: Connection, caps: Limits, notary: Notary, now: datetime) -> int:
    """Look at the oldest `MOST` forms, and queue the mails that are due; return how many."""
    alone(connection)
    some = connection.execute(select(sign_up).order_by(sign_up.c.id).limit(MOST)).all()
    if not some:
        return 0
    known = {topic.slug for topic in all_topics.offered(connection)}
    for row in some:
        try:
            with connection.begin_nested():
                if known.issuperset(row.topics):
                    _look(connection, caps, notary, row, now)
        except OperationalError:
            raise  # a fault of the database, not of the form: all of them are looked at again
        except Exception as error:
            # One that cannot be read must not keep back those behind it, for ever.
            log.exception("a sign-up was dropped: %s", type(error).__name__)
    gone = sign_up.c.id.in_([row.id for row in some])
    connection.execute(delete(sign_up).where(gone))
    limits.clean(connection, now)
    return len(some)


def stop(connection: Connection, caps: Limits, reference: str, now: datetime) -> bool:
    """End all mails of this sort to the address of an opt-in request, those that wait among them.

    Doing it twice does it once. False if there is no such request, or if its mail lies with an
    address that the person has left: nobody there decides for the new one.
    """
    found = connection.execute(
        select(subscriber.c.id, subscriber.c.email_key)
        .join(opt_in)
        .where(opt_in.c.reference == reference, joining.AT_THIS_ADDRESS)
    ).first()
    if found is None:
        return False
    limits.stop(connection, caps, found.email_key)
    rows.drop_requests(connection, found.id, now, "stopped by the person")
    return True


def is_request(connection: Connection, reference: str) -> bool:
    """Say whether `stop` would find the request."""
    named = select(opt_in.c.id).join(subscriber).where(opt_in.c.reference == reference)
    return connection.execute(named.where(joining.AT_THIS_ADDRESS)).first() is not None


def clicked(connection: Connection, caps: Limits, reference: str) -> None:
    """Forget what was counted for whoever has confirmed this request: the mail was welcome.

    Not in the transaction that confirms: `take_up` counts before it holds the person, and two that
    hold one thing and wait for the other would wait for ever.
    """
    key = connection.execute(
        select(subscriber.c.email_key).join(opt_in).where(opt_in.c.reference == reference)
    ).scalar()
    if key is not None:  # else they were erased since they confirmed
        limits.forgive(connection, caps, key)


def _look(
    connection: Connection,
    caps: Limits,
    notary: Notary,
    row: Row[*tuple[Any, ...]],
    now: datetime,
) -> None:
    """Queue the mail that a request is due: the one to confirm, or that they are in already, or
    the link that somebody who is known has asked for."""
    address = Address(row.email, row.email_key)
    if not suppression.may_be_asked(connection, notary, address):
        return
    if not row.topics:
        # Of people who are known and have a cap of their own; a year may need more than sign-ups.
        if not limits.is_stopped(connection, caps, address.key):
            wishes.ask_for_link(connection, address, now)
        return
    if limits.admit(connection, caps, address.key, row.network, row.form, now) is not None:
        return
    wanted = joining.Request(
        address=address,
        topics=tuple(row.topics),
        name=row.name,
        locale=row.locale,
        frequency=Frequency(row.frequency) if row.frequency else None,
    )
    how = Circumstances(
        at=row.asked_at,
        source=row.source,
        actor=Actor.PERSON,
        notary=notary,
        form_version=row.form_version,
        language=row.language,
        wording_id=consent.remember_wording(connection, row.wording, row.asked_at),
        network=row.network,
        user_agent=row.user_agent,
    )
    if joining.request(connection, wanted, how) is None:
        joining.remind(connection, wanted, how)
