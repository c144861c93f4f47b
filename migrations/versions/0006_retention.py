"""retention: when terms began, reminders to renew, counts of what is gone

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_STATUSES = "'planned', 'sending', 'accepted', 'failed', 'skipped', 'expired', 'in_doubt', 'held'"


# As `community.standing` derives it: from the event that gave consent, or from what the person has
# done since; consent given elsewhere counts from then.
TERMS = """
    UPDATE subscription SET term_since = CASE status
        WHEN 'pending' THEN requested_at
        WHEN 'withdrawn' THEN withdrawn_at
        WHEN 'expired' THEN (
            SELECT max(at) FROM consent_event AS e
            WHERE e.subscriber_id = subscription.subscriber_id
            AND e.topic_id = subscription.topic_id AND e.change = 'expired')
        ELSE coalesce((
            SELECT max(CASE WHEN e.change IN ('confirmed', 'imported')
                AND e.topic_id = subscription.topic_id AND e.given_at < e.at
                THEN e.given_at ELSE e.at END)
            FROM consent_event AS e
            WHERE e.subscriber_id = subscription.subscriber_id
            AND (e.position = (
                    SELECT max(position) FROM consent_event AS g
                    WHERE g.subscriber_id = subscription.subscriber_id
                    AND g.topic_id = subscription.topic_id
                    AND g.change IN ('confirmed', 'imported'))
                OR e.position > (
                    SELECT max(position) FROM consent_event AS g
                    WHERE g.subscriber_id = subscription.subscriber_id
                    AND g.topic_id = subscription.topic_id
                    AND g.change IN ('confirmed', 'imported'))
                AND e.actor = 'person'
                AND e.change IN ('confirmed', 'changed', 'renewed', 'withdrawn'))
            ), confirmed_at)
        END
"""


def upgrade() -> None:
    op.add_column(
        "installation",
        sa.Column(
            "retained_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="when the job of retention was last through",
        ),
    )
    op.add_column(
        "subscription",
        sa.Column(
            "term_since",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="when the term that goes with the status began: the last active contact, "
            "the request, the withdrawal or the expiry",
        ),
    )
    op.execute(TERMS)
    for name, columns, where in (
        ("ix_subscription_held", ["topic_id", "term_since"], "status = 'confirmed'"),
        ("ix_subscription_over", ["topic_id", "status", "term_since"], "status <> 'confirmed'"),
    ):
        op.create_index(
            name,
            "subscription",
            columns,
            sqlite_where=sa.text(where),
            postgresql_where=sa.text(where),
        )

    # SQLite rebuilds the table; that ids are never used again is not found by looking at it.
    with op.batch_alter_table(
        "delivery", schema=None, table_kwargs={"sqlite_autoincrement": True}
    ) as batch_op:
        batch_op.drop_constraint("ck_delivery_kind_known", type_="check")
        batch_op.create_check_constraint(
            "ck_delivery_kind_known",
            "kind IN ('digest', 'confirm', 'already', 'renewal', 'link', 'notice')",
        )
    op.create_index(
        "ix_delivery_request",
        "delivery",
        ["opt_in_id"],
        sqlite_where=sa.text("opt_in_id IS NOT NULL"),
        postgresql_where=sa.text("opt_in_id IS NOT NULL"),
    )

    row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "renewal",
        sa.Column("delivery_id", row_id, nullable=False),
        sa.Column(
            "number", sa.Integer(), nullable=False, comment="1 for the first reminder of a term"
        ),
        sa.Column(
            "contact_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="the last active contact before it",
        ),
        sa.Column(
            "term_ends",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="when the term is over",
        ),
        sa.Column(
            "ends_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="the end that the mail names, if that is later",
        ),
        sa.Column("topics", sa.JSON(), nullable=False, comment="topic ids"),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["delivery.id"], name="fk_renewal_delivery_id_delivery"
        ),
        sa.PrimaryKeyConstraint("delivery_id", name="pk_renewal"),
        comment="One reminder that consent ends, beside its delivery",
    )
    op.create_table(
        "folded",
        sa.Column("issue_id", row_id, nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.CheckConstraint(f"status IN ({_STATUSES})", name="ck_folded_status_known"),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name="fk_folded_issue_id_issue"),
        sa.PrimaryKeyConstraint("issue_id", "status", name="pk_folded"),
        comment="Deliveries of an issue whose rows are gone: how many ended in each state",
    )
    op.create_table(
        "retention_count",
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("what", sa.String(length=20), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("month", "what", name="pk_retention_count"),
        comment="What the job of retention did in a month, without saying to whom",
    )
