"""sign-up limits

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_FREQUENCY_KNOWN = "frequency IN ('every', 'weekly', 'monthly')"


def upgrade() -> None:

    op.create_table(
        "sign_up",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("email_key", sa.String(length=254), nullable=False),
        sa.Column("topics", sa.JSON(), nullable=False, comment="topic slugs"),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("locale", sa.String(length=20), nullable=False),
        sa.Column("frequency", sa.String(length=12), nullable=True),
        sa.Column(
            "form",
            sa.String(length=12),
            nullable=False,
            comment="which form it was, to take each once",
        ),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("form_version", sa.String(length=100), nullable=False),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("network", sa.String(length=45), nullable=False),
        sa.Column("user_agent", sa.String(length=300), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(_FREQUENCY_KNOWN, name="ck_sign_up_frequency_known"),
        sa.PrimaryKeyConstraint("id", name="pk_sign_up"),
        comment="Forms that were sent and that nobody has looked at yet; gone within seconds",
    )
    op.create_table(
        "sign_up_limit",
        sa.Column(
            "subject", sa.String(length=23), nullable=False, comment="a scope, and a keyed hash"
        ),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column(
            "until",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="when counting begins anew; none: it never does",
        ),
        sa.PrimaryKeyConstraint("subject", name="pk_sign_up_limit"),
        comment="How many confirmation mails there were for an address, a network and so on",
    )
    with op.batch_alter_table("sign_up_limit", schema=None) as batch_op:
        batch_op.create_index("ix_sign_up_limit_until", ["until"], unique=False)

    with op.batch_alter_table("opt_in", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "frequency",
                sa.String(length=12),
                nullable=True,
                comment="what they chose; it holds once they confirm",
            )
        )
        batch_op.add_column(
            sa.Column("source", sa.String(length=200), server_default="", nullable=False)
        )
        batch_op.add_column(
            sa.Column(
                "network",
                sa.String(length=45),
                server_default="",
                nullable=False,
                comment="only roughly",
            )
        )
        batch_op.create_check_constraint("ck_opt_in_frequency_known", _FREQUENCY_KNOWN)
    # Where a confirmation that waits was asked for stood in its consent event alone.
    op.execute(
        "UPDATE opt_in SET source = coalesce((SELECT min(source) FROM consent_event"
        " WHERE consent_event.subscriber_id = opt_in.subscriber_id"
        " AND consent_event.change = 'requested' AND consent_event.at = opt_in.requested_at), '')"
    )

    # SQLite rebuilds the table; that ids are never used again is not found by looking at it.
    with op.batch_alter_table(
        "delivery", schema=None, table_kwargs={"sqlite_autoincrement": True}
    ) as batch_op:
        batch_op.drop_constraint("ck_delivery_kind_known", type_="check")
        batch_op.create_check_constraint(
            "ck_delivery_kind_known", "kind IN ('digest', 'confirm', 'already')"
        )
