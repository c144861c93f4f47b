"""What people ask for themselves: a link is mailed for it to the address on record.

Whoever has a forwarded digest has a link to the preferences. What would show or change more than
those needs a link of its own, which only the mailbox gets, for 24 hours, and works once. Each
function is a part of one transaction.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, exists, insert, select, update

from pinlabs_mailer.community import subscribers
from pinlabs_mailer.community.address import Address
from pinlabs_mailer.db.tables import consent_event, subscriber, wish
from pinlabs_mailer.db.words import ConsentChange, DeliveryKind, WishKind
from pinlabs_mailer.outbox import rows
from pinlabs_mailer.tokens import Purpose, new_reference

LIVES = timedelta(hours=24)
GRACE = timedelta(hours=1)
"""How long something that was shown once may be looked at again, or saved as a file."""
_AGAIN_AFTER = timedelta(hours=1)
_MOST_A_DAY = 6

PURPOSES = {
    WishKind.ADDRESS: Purpose.ADDRESS,
    WishKind.MOVE: Purpose.MOVE,
    WishKind.DATA: Purpose.DATA,
    WishKind.ERASE: Purpose.ERASE,
}
"""What the link of a wish allows. That of the preferences is the person's, not the wish's."""


class Wish(NamedTuple):
    """One wish of a person."""

    id: int
    reference: str
    subscriber_id: int
    kind: WishKind
    email: str
    asked_at: datetime
    done_at: datetime | None


_COLUMNS = tuple(wish.c[name] for name in Wish._fields)


def ask(connection: Connection, subscriber_id: int, kind: WishKind, now: datetime) -> bool:
    """Queue the mail for a wish; say whether it is due: not twice an hour, six a day in all; of a
    new link to the preferences, which strangers can ask for, one a day.

    Whoever has somebody's link could else fill their mailbox.
    """
    subscribers.hold(connection, subscriber_id)
    today = connection.execute(
        select(wish.c.kind, wish.c.asked_at)
        .where(wish.c.subscriber_id == subscriber_id)
        .where(wish.c.asked_at > now - timedelta(days=1))
    ).all()
    again = timedelta(days=1) if kind == WishKind.PREFERENCES else _AGAIN_AFTER
    just_now = any(one.kind == kind and now - one.asked_at < again for one in today)
    if just_now or len(today) >= _MOST_A_DAY:
        return False
    add(connection, subscriber_id, kind, now)
    return True


def add(
    connection: Connection, subscriber_id: int, kind: WishKind, now: datetime, email: str = ""
) -> None:
    """Queue the mail for a wish, to another address than the one on record if `email` is given."""
    made = note(connection, subscriber_id, kind, now, email)
    mail = DeliveryKind.NOTICE if kind == WishKind.MOVED else DeliveryKind.LINK
    rows.enqueue_wish(connection, mail, made, subscriber_id, now)


def note(
    connection: Connection, subscriber_id: int, kind: WishKind, now: datetime, email: str
) -> int:
    """Write down a wish that causes no mail by itself; return its id."""
    made: int = connection.execute(
        insert(wish)
        .values(
            reference=new_reference(),
            subscriber_id=subscriber_id,
            kind=kind,
            email=email,
            asked_at=now,
        )
        .returning(wish.c.id)
    ).scalar_one()
    return made


def find(connection: Connection, reference: str, kind: WishKind, now: datetime) -> Wish | None:
    """Return the wish that a link names, None if it is too old or was done."""
    found = connection.execute(
        select(*_COLUMNS).where(wish.c.reference == reference, wish.c.kind == kind)
    ).first()
    if found is None:
        return None
    one = Wish(*found)
    grace = GRACE if kind == WishKind.DATA else timedelta(0)
    done = one.done_at is not None and now - one.done_at >= grace
    return None if done or now - one.asked_at > LIVES else one


def settle(connection: Connection, one: Wish, now: datetime) -> bool:
    """Note that a wish was done; say whether it was not before: two clicks at once do it once."""
    settled = connection.execute(
        update(wish).where(wish.c.id == one.id, wish.c.done_at.is_(None)).values(done_at=now)
    )
    return settled.rowcount > 0


def void(connection: Connection, subscriber_id: int, now: datetime) -> None:
    """Let no link that was mailed to a person for a wish work any more, nor go on for its hour."""
    over = now - GRACE
    connection.execute(
        update(wish)
        .where(wish.c.subscriber_id == subscriber_id)
        .where(wish.c.done_at.is_(None) | (wish.c.done_at > over))
        .values(done_at=over)
    )


def ask_for_link(connection: Connection, address: Address, now: datetime) -> None:
    """Queue the mail with a new link to the preferences: only who has ever confirmed gets it."""
    has_confirmed = exists().where(
        consent_event.c.subscriber_id == subscriber.c.id,
        consent_event.c.change.in_([ConsentChange.CONFIRMED, ConsentChange.IMPORTED]),
    )
    subscriber_id: int | None = connection.execute(
        select(subscriber.c.id).where(subscriber.c.email_key == address.key, has_confirmed)
    ).scalar()
    if subscriber_id is not None:
        ask(connection, subscriber_id, WishKind.PREFERENCES, now)
