"""the language of an edition

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    with op.batch_alter_table("edition", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("locale", sa.String(length=20), server_default="en", nullable=False)
        )
        batch_op.alter_column(
            "digest",
            existing_type=sa.String(length=64),
            existing_nullable=False,
            comment="of the items: with the language, what makes editions of an issue equal",
            existing_comment="what makes editions of an issue equal",
        )
        batch_op.drop_constraint("uq_edition_issue_id_digest", type_="unique")
        batch_op.create_unique_constraint(
            "uq_edition_issue_id_locale_digest", ["issue_id", "locale", "digest"]
        )
