"""A change of address: asked for by a link to the old one, confirmed by a link to the new one.

Nobody learns here whether another address is known: the page answers the same, and only the
mailbox that was named gets a mail. Each function is a part of one transaction.
"""

from sqlalchemy import Connection, select, update
from sqlalchemy.exc import IntegrityError

from pinlabs_mailer.community import consent, limits, sign_ups, subscribers, suppression, wishes
from pinlabs_mailer.community.address import Address, parse_address
from pinlabs_mailer.community.consent import Change, Circumstances
from pinlabs_mailer.community.limits import Limits
from pinlabs_mailer.community.wishes import Wish
from pinlabs_mailer.db.tables import subscriber
from pinlabs_mailer.db.words import ConsentChange, WishKind
from pinlabs_mailer.outbox import rows
from pinlabs_mailer.tokens import new_reference


def ask(connection: Connection, caps: Limits, one: Wish, new: Address, how: Circumstances) -> None:
    """Queue the mail to the new address, if one may go there, and let the link be used up.

    The address may be a stranger's: what protects it from sign-ups protects it from this too.
    """
    sign_ups.alone(connection)
    if not wishes.settle(connection, one, how.at):
        return
    is_mailed = (
        not _is_taken(connection, one.subscriber_id, new)
        and suppression.may_be_asked(connection, how.notary, new)
        and limits.admit(connection, caps, new.key, how.network, new_reference(), how.at) is None
    )
    note = wishes.add if is_mailed else wishes.note  # "my data" shows the same either way
    note(connection, one.subscriber_id, WishKind.MOVE, how.at, new.email)


def move(connection: Connection, one: Wish, how: Circumstances) -> bool:
    """Let a person have the address that they have confirmed; say whether that was possible.

    Consent goes with them, with an event for each topic. The old address is told, and no link
    that lies there works any more, but the one to leave.
    """
    new = parse_address(one.email)
    subscribers.hold(connection, one.subscriber_id)
    if not wishes.settle(connection, one, how.at) or _is_taken(connection, one.subscriber_id, new):
        return False
    if not suppression.may_be_asked(connection, how.notary, new):  # since the mail was queued
        return False
    old, old_key = connection.execute(
        select(subscriber.c.email, subscriber.c.email_key).where(
            subscriber.c.id == one.subscriber_id
        )
    ).one()
    try:
        with connection.begin_nested():
            connection.execute(
                update(subscriber)
                .where(subscriber.c.id == one.subscriber_id)
                .values(email=new.email, email_key=new.key, moved_at=how.at)
            )
    except IntegrityError:  # somebody else has just joined with it
        return False
    standing = consent.standing(connection, one.subscriber_id)
    consent.record(
        connection,
        [
            Change(one.subscriber_id, topic_id, ConsentChange.CHANGED, how)
            for topic_id in sorted(standing)
        ],
    )
    suppression.lift_by_own_act(connection, how.notary, one.subscriber_id)
    if old_key != new.key:  # else an old file would bring the old address in as somebody new
        suppression.leave_mark(connection, how.notary, old_key, how.at)
    wishes.void(connection, one.subscriber_id, how.at)
    rows.drop_requests(connection, one.subscriber_id, how.at, "address changed")
    wishes.add(connection, one.subscriber_id, WishKind.MOVED, how.at, old)
    rows.drop(connection, one.subscriber_id, how.at)
    return True


def _is_taken(connection: Connection, subscriber_id: int, address: Address) -> bool:
    """Say whether it is somebody else's, or their own to the letter. A change of case is one."""
    known = select(subscriber.c.id).where(
        subscriber.c.email_key == address.key,
        (subscriber.c.id != subscriber_id) | (subscriber.c.email == address.email),
    )
    return connection.execute(known).first() is not None
