"""what comes back

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column(
        "issue", sa.Column("paused_why", sa.String(length=300), server_default="", nullable=False)
    )
    # SQLite rebuilds the table; that ids are never used again is not found by looking at it.
    with op.batch_alter_table(
        "delivery", schema=None, table_kwargs={"sqlite_autoincrement": True}
    ) as batch_op:
        batch_op.add_column(
            sa.Column(
                "bounce",
                sa.String(length=12),
                nullable=True,
                comment="why it did not arrive, as far as that is known",
            )
        )
        batch_op.add_column(
            sa.Column(
                "bounced_at",
                _MOMENT,
                nullable=True,
                comment="when it came back, though the relay had taken it",
            )
        )
        batch_op.add_column(
            sa.Column(
                "complained_at",
                _MOMENT,
                nullable=True,
                comment="when its reader, or their provider, complained",
            )
        )
        batch_op.create_check_constraint(
            "bounce_known", "bounce IN ('hard', 'soft', 'domain', 'sender')"
        )
    op.create_table(
        "report",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column(
            "key",
            sa.String(length=80),
            nullable=False,
            comment="what makes it this report: the same one is taken once",
        ),
        sa.Column("subscriber_id", _ROW_ID, nullable=False),
        sa.Column(
            "delivery_id",
            _ROW_ID,
            nullable=True,
            comment="none: it names the person, and not which mail it is about",
        ),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=200), server_default="", nullable=False),
        sa.Column(
            "status", sa.String(length=12), server_default="", nullable=False, comment="RFC 3463"
        ),
        sa.Column(
            "recipient",
            sa.String(length=254),
            server_default="",
            nullable=False,
            comment="as the report has it: somebody may have forwarded our mail",
        ),
        sa.Column("diagnostic", sa.Text(), server_default="", nullable=False),
        sa.Column("matched_by", sa.String(length=12), nullable=False),
        sa.Column("received_at", _MOMENT, nullable=False),
        sa.Column(
            "raw",
            sa.LargeBinary(),
            nullable=False,
            comment="the beginning of the mail, by zlib",
        ),
        sa.CheckConstraint(
            "kind IN ('hard', 'soft', 'complaint', 'auto-reply', 'unsubscribe', 'unknown')",
            name="ck_report_kind_known",
        ),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["delivery.id"], name="fk_report_delivery_id_delivery"
        ),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscriber.id"], name="fk_report_subscriber_id_subscriber"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_report"),
        sa.UniqueConstraint("key", name="uq_report_key"),
        comment="A bounce or a complaint that was matched with one of our mails, or with its reader",
    )
    for column in ("delivery_id", "received_at", "subscriber_id"):
        op.create_index(f"ix_report_{column}", "report", [column])
    op.create_table(
        "issue_return",
        sa.Column("issue_id", _ROW_ID, nullable=False),
        sa.Column("what", sa.String(length=12), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "look_at",
            sa.Integer(),
            server_default="1",
            nullable=False,
            comment="at which number the brake looks next; 0: whenever more was sent",
        ),
        sa.CheckConstraint(
            "what IN ('bounced', 'complained', 'hard', 'sender')",
            name="ck_issue_return_what_known",
        ),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name="fk_issue_return_issue_id_issue"),
        sa.PrimaryKeyConstraint("issue_id", "what", name="pk_issue_return"),
        comment="What came back from an issue, in numbers that outlive its deliveries",
    )
    op.create_table(
        "return_count",
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("what", sa.String(length=20), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("month", "what", name="pk_return_count"),
        comment="What came back in a month, without saying from whom",
    )
    op.create_table(
        "mailbox",
        sa.Column(
            "name", sa.String(length=300), nullable=False, comment="account, host and folder"
        ),
        sa.Column("validity", sa.BigInteger(), nullable=False, comment="UIDVALIDITY (RFC 3501)"),
        sa.Column("last_uid", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_mailbox"),
        comment="How far a mailbox was read",
    )
