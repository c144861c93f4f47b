"""The Message-ID of a delivery: made of its id, so it is the same at every try and for ever."""

from sqlalchemy import Connection, select

from pinlabs_mailer.db.tables import delivery, installation


def message_id(delivery_id: int, installation_name: str, domain: str) -> str:
    """Return the Message-ID of a delivery, without the brackets; `domain` is the sender's."""
    return f"{delivery_id}.{installation_name}@{domain}"


def of_confirmation(connection: Connection, opt_in_id: int, domain: str) -> str:
    """Return the Message-ID of the mail that asked to confirm a request, empty if none was."""
    found = connection.execute(
        select(delivery.c.id, installation.c.name)
        .join_from(delivery, installation, installation.c.id == 1)
        .where(delivery.c.dedupe_key == f"confirm:{opt_in_id}")
    ).first()
    return message_id(*found, domain) if found else ""
