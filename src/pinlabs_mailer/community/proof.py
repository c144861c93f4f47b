"""All that can be proved of one person's consent, as one document."""

from datetime import datetime

from sqlalchemy import Connection, select

from pinlabs_mailer.community import audit, subscribers
from pinlabs_mailer.community.address import Address
from pinlabs_mailer.community.chain import Link, Notary
from pinlabs_mailer.db.tables import consent_event, subscriber


def proof(
    connection: Connection, notary: Notary, address: Address, sender: str, now: datetime
) -> dict[str, object]:
    """Return the person, every event with the words shown, and whether the chain verifies.

    Raises NotFound for an address that nobody has: who was erased is not found by it. The
    connection must be at its beginning.
    """
    audit.see_one_state(connection)
    person = subscribers.by_address(connection, address)
    links = connection.execute(
        select(*(consent_event.c[name] for name in Link._fields))
        .where(consent_event.c.subscriber_id == person.id)
        .order_by(consent_event.c.position)
    ).all()
    events = [
        {**event, **link._mapping}
        for event, link in zip(subscribers.history(connection, person.id), links, strict=True)
    ]
    seal = connection.execute(
        select(subscriber.c.consent_seal).where(subscriber.c.id == person.id)
    ).scalar_one()
    found = audit.of_person(connection, notary, audit.Person(person.id, person.email, seal))
    return {
        "made_at": now,
        "sender": sender,
        "person": {
            "email": person.email,
            "name": person.name,
            "locale": person.locale,
            "created_at": person.created_at,
        },
        "subscriptions": subscribers.subscriptions(connection, person.id),
        "chain": {
            "verified": not found,
            "faults": [{"event": one.event, "fault": one.fault} for one in found],
            "before_chain": sum(not one["hash"] for one in events),
            "seal": seal,
        },
        "events": events,
    }
