"""the welcome mail

Revision ID: 0013
Revises: 0012
"""

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    # SQLite rebuilds the table; that ids are never used again is not found by looking at it.
    with op.batch_alter_table(
        "delivery", schema=None, table_kwargs={"sqlite_autoincrement": True}
    ) as batch_op:
        batch_op.drop_constraint("ck_delivery_kind_known", type_="check")
        batch_op.create_check_constraint(
            "ck_delivery_kind_known",
            "kind IN ('digest', 'confirm', 'already', 'welcome', 'renewal', 'link', 'notice')",
        )
