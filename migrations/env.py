"""Runs the migrations on the connection that `pinlabs_mailer.db.schema.upgrade` hands over.

`alembic` from the command line (a new revision, `alembic check`) takes the database of
PINLABS_DATABASE_URL.
"""

import os

from alembic import context
from sqlalchemy import Connection

from pinlabs_mailer.db.engine import open_engine
from pinlabs_mailer.db.tables import metadata


def run(connection: Connection) -> None:
    """Migrate inside the transaction of the connection."""
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        compare_type=True,
        transactional_ddl=True,
    )
    context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with open_engine(os.environ["PINLABS_DATABASE_URL"]).connect() as own:
        run(own)
        own.commit()
