"""what a source is told besides its location, since when a source has an item, edits by hand

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column(
        "source",
        sa.Column(
            "options",
            sa.JSON(),
            nullable=True,
            comment="the base of relative links, a page's selectors",
        ),
    )
    op.add_column(
        "item",
        sa.Column(
            "edited_at",
            _MOMENT,
            nullable=True,
            comment="title and summary are the editor's own since then",
        ),
    )
    op.add_column(
        "sighting",
        sa.Column(
            "first_seen_at",
            _MOMENT,
            nullable=True,
            comment="who had an item first has the say in what it tells",
        ),
    )
    op.execute("UPDATE sighting SET first_seen_at = seen_at")
    with op.batch_alter_table("sighting", schema=None) as batch_op:
        batch_op.alter_column("first_seen_at", existing_type=_MOMENT, nullable=False)
