"""retired topics, and deliveries that are put back

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.add_column(
        "topic",
        sa.Column(
            "retired_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="since when nobody can join it, and its items are not told",
        ),
    )
    op.add_column(
        "issue",
        sa.Column(
            "put_backs",
            sa.Integer(),
            server_default="0",
            nullable=False,
            comment="how often deliveries of it were put back",
        ),
    )
