"""Where each person's chain of consent events ends, for the next event to go on from."""

import secrets
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Select, bindparam, func, select, update

from pinlabs_mailer.community.chain import (
    SALT_BYTES,
    Details,
    Entry,
    Link,
    Notary,
    Recorded,
    details_digest,
)
from pinlabs_mailer.db.tables import consent_event, subscriber, wording


class Head(NamedTuple):
    """The end of one person's chain."""

    subscriber_id: int
    email: str
    seal: str
    erased: bool
    position: int


_FIELDS: Mapping[str, Any] = {"wording": func.coalesce(wording.c.digest, "").label("wording")}


def recorded() -> Select[*tuple[Any, ...]]:
    """Return the query for events that `read` understands, in the order of the chains."""
    names = (*Entry._fields, *Details._fields, *Link._fields)
    return (
        select(*(_FIELDS.get(name, consent_event.c.get(name)) for name in names))
        .select_from(consent_event.outerjoin(wording))
        .order_by(consent_event.c.subscriber_id, consent_event.c.position)
    )


def read(row: Row[*tuple[Any, ...]]) -> Recorded:
    """Return the event in a row of `recorded`."""
    personal = len(Entry._fields)
    rest = personal + len(Details._fields)
    return Recorded(Entry(*row[:personal]), Details(*row[personal:rest]), Link(*row[rest:]))


def move(connection: Connection, heads: Collection[Head]) -> None:
    """Set the seals of people whose chains have grown."""
    connection.execute(_move, [{"of": head.subscriber_id, "new_seal": head.seal} for head in heads])


_move = (
    update(subscriber)
    .where(subscriber.c.id == bindparam("of"))
    .values(consent_seal=bindparam("new_seal"))
)


def seal_of_earlier(connection: Connection, head: Head, notary: Notary) -> str:
    """Return what the first chained event of a person follows: nothing, or the events from before
    there was a chain. Those get digests of their details, so that erasure can come later."""
    if head.position == 0:
        return ""
    mine = consent_event.c.subscriber_id == head.subscriber_id
    earlier = []
    for one in map(read, connection.execute(recorded().where(mine)).all()):
        digest = one.link.details_digest
        if not digest:
            salt = secrets.token_hex(SALT_BYTES)
            digest = details_digest(one.details, salt)
            connection.execute(
                update(consent_event)
                .where(mine, consent_event.c.position == one.entry.position)
                .values(salt=salt, details_digest=digest)
            )
        earlier.append((one.entry, digest))
    return notary.before(earlier, notary.key_id)
