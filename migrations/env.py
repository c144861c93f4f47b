"""Runs the migrations on the connection that `pinlabs_mailer.db.schema.upgrade` hands over.

`alembic` from the command line (a new revision, `alembic check`) takes the database of
PINLABS_DATABASE_URL.
"""

import os

from alembic import context
from sqlalchemy import Connection, inspect

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
    used = _ids_used(connection)
    context.run_migrations()
    _keep(connection, used)


def _ids_used(connection: Connection) -> dict[str, int]:
    """Return the highest id that each table ever had, where SQLite gives none a second time."""
    if connection.dialect.name != "sqlite" or not inspect(connection).has_table("sqlite_sequence"):
        return {}
    rows = connection.exec_driver_sql(
        "SELECT name, max(seq) AS last FROM sqlite_sequence GROUP BY 1"
    )
    return {row.name: row.last for row in rows}


def _keep(connection: Connection, used: dict[str, int]) -> None:
    """Go on after those ids: a table that was rebuilt knows only of the rows that were left."""
    for name, seq in _ids_used(connection).items():
        if seq < used.get(name, 0):
            connection.exec_driver_sql(
                "UPDATE sqlite_sequence SET seq = ? WHERE name = ?", (used[name], name)
            )


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with open_engine(os.environ["PINLABS_DATABASE_URL"]).connect() as own:
        run(own)
        own.commit()
