"""letters that are passed on, and mails of a mailbox that are tried again

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.create_table(
        "forwarded_letter",
        sa.Column(
            "key", sa.String(length=32), nullable=False, comment="a hash of what its author wrote"
        ),
        sa.Column("came_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "started_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="the try that is under way, or was the last",
        ),
        sa.Column(
            "forwarded_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="when the relay took it",
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_forwarded_letter")),
        comment="A letter from a person that came back, so that it is passed on once",
    )
    op.create_index(
        op.f("ix_forwarded_letter_came_at"), "forwarded_letter", ["came_at"], unique=False
    )
    op.create_index(
        op.f("ix_forwarded_letter_started_at"), "forwarded_letter", ["started_at"], unique=False
    )
    op.add_column(
        "mailbox",
        sa.Column(
            "again",
            sa.Text(),
            server_default="",
            nullable=False,
            comment="UIDs up to that one that could not be taken yet, by commas",
        ),
    )
    op.add_column(
        "mailbox",
        sa.Column(
            "letters_from",
            sa.BigInteger(),
            server_default="1",
            nullable=False,
            comment="mails below this UID were there before us: letters in them stay",
        ),
    )
