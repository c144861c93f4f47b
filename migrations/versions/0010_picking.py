"""saved searches, the editor's subject, jobs that had no room, and an index of what was sent

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_NOT_SENT = sa.text("status IN ('failed', 'skipped', 'expired')")


def upgrade() -> None:
    op.create_table(
        "saved_search",
        sa.Column("subscriber_id", _ROW_ID, nullable=False),
        *(
            sa.Column(name, sa.JSON(), nullable=False)
            for name in ("departments", "locations", "employments", "words")
        ),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscriber.id"], name="fk_saved_search_subscriber_id_subscriber"
        ),
        sa.PrimaryKeyConstraint("subscriber_id", name="pk_saved_search"),
        comment="Which jobs a person wants to hear of; an empty list means all",
    )
    op.add_column(
        "issue",
        sa.Column(
            "own_subject",
            sa.Text(),
            server_default="",
            nullable=False,
            comment="the editor's subject, which stands in every language; none: the template's",
        ),
    )
    op.add_column(
        "edition",
        sa.Column(
            "more_jobs",
            sa.Integer(),
            server_default="0",
            nullable=False,
            comment="open jobs that its readers would also get, had there been room",
        ),
    )
    op.create_index("ix_delivery_told", "delivery", ["subscriber_id", "edition_id"])
    op.drop_index("ix_delivery_subscriber_id", "delivery")
    op.create_index(
        "ix_delivery_not_sent",
        "delivery",
        ["subscriber_id", "edition_id"],
        sqlite_where=_NOT_SENT,
        postgresql_where=_NOT_SENT,
    )
