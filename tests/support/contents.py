"""All that a database holds, for "nothing was changed"."""

from sqlalchemy import select

from pinlabs_mailer.db.engine import open_engine, reading
from pinlabs_mailer.db.tables import metadata


def contents(database_url: str) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of every table."""
    engine = open_engine(database_url)
    try:
        with reading(engine) as connection:
            return {
                table.name: [
                    tuple(row)
                    for row in connection.execute(select(table).order_by(*table.primary_key))
                ]
                for table in metadata.sorted_tables
            }
    finally:
        engine.dispose()
