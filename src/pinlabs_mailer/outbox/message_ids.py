"""The Message-ID of a delivery: made of its id, so it is the same at every try and for ever."""

import re

from sqlalchemy import Connection, select

from pinlabs_mailer.db.tables import delivery, installation


def message_id(delivery_id: int, installation_name: str, domain: str) -> str:
    """Return the Message-ID of a delivery, without the brackets; `domain` is the sender's."""
    return f"{delivery_id}.{installation_name}@{domain}"


def delivery_id(message_id: str, installation_name: str, domain: str) -> int | None:
    """Return the delivery that a Message-ID of ours names, None for any other Message-ID."""
    number, _, rest = message_id.partition(".")
    ours = f"{installation_name}@{domain}".lower()
    if rest.lower() != ours or not re.fullmatch(r"[1-9][0-9]{0,17}", number):
        return None
    return int(number)


def of_confirmation(connection: Connection, opt_in_id: int, domain: str) -> str:
    """Return the Message-ID of the mail that asked to confirm a request, empty if none was."""
    found = connection.execute(
        select(delivery.c.id, installation.c.name)
        .join_from(delivery, installation, installation.c.id == 1)
        .where(delivery.c.dedupe_key == f"confirm:{opt_in_id}")
    ).first()
    return message_id(*found, domain) if found else ""
