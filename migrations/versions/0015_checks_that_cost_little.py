"""checks of known words as alternatives

SQLite fills a table in memory with the words of an IN each time it checks a row, which took half
the time of planning an issue. PostgreSQL makes no difference between the two.

Revision ID: 0015
Revises: 0014
"""

import re

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

_KNOWN = re.compile(r"(\w+) IN \(([^)]*)\)")


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        return
    inspector = sa.inspect(connection)
    for table in inspector.get_table_names():
        checks = inspector.get_check_constraints(table)
        known = [(one["name"], _KNOWN.fullmatch(one["sqltext"])) for one in checks]
        slow = [(name, found[1], found[2].split(", ")) for name, found in known if name and found]
        if not slow:
            continue
        made = connection.exec_driver_sql(
            "SELECT sql LIKE '%AUTOINCREMENT%' FROM sqlite_master WHERE name = ?", (table,)
        )
        kept = {"sqlite_autoincrement": True} if made.scalar() else {}
        with op.batch_alter_table(table, table_kwargs=kept) as batch:
            for name, column, words in slow:
                batch.drop_constraint(op.f(name), type_="check")
                batch.create_check_constraint(
                    op.f(f"ck_{table}_{column}_known"),
                    " OR ".join(f"{column} = {word}" for word in words),
                )
