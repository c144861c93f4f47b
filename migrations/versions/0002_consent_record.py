"""the consent record: every circumstance of an event, and its place in a chain

Revision ID: 0002
Revises: 0001

The keys of the chain are not at hand here, so the events that are there get a place and no hash.
They count as `from before the chain`; the next event of the same person covers them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

CHANGES = (
    "'requested', 'confirmed', 'changed', 'withdrawn', 'expired', 'renewed', 'imported', 'erased'"
)


def upgrade() -> None:

    op.add_column(
        "subscriber",
        sa.Column(
            "consent_seal",
            sa.String(length=64),
            server_default="",
            nullable=False,
            comment="keyed hash over their last consent event",
        ),
    )
    for column in (
        sa.Column("position", sa.Integer(), nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("frequency", sa.String(length=12), nullable=True),
        sa.Column("form_version", sa.String(length=100), server_default="", nullable=False),
        sa.Column("language", sa.String(length=20), server_default="", nullable=False),
        sa.Column("actor", sa.String(length=12), nullable=True),
        sa.Column("email", sa.String(length=254), server_default="", nullable=False),
        sa.Column("message_id", sa.String(length=400), server_default="", nullable=False),
        sa.Column("salt", sa.String(length=32), server_default="", nullable=False),
        sa.Column("details_digest", sa.String(length=64), server_default="", nullable=False),
        sa.Column("key_id", sa.String(length=8), server_default="", nullable=False),
        sa.Column("hash", sa.String(length=64), server_default="", nullable=False),
    ):
        op.add_column("consent_event", column)

    op.execute(
        """
        UPDATE consent_event
        SET position = placed.position,
            email = placed.email,
            actor = CASE WHEN source IN ('our join page', 'our confirmation page',
                'unsubscribe link', 'unsubscribe page', 'unsubscribe mail')
                THEN 'person' ELSE 'operator' END
        FROM (
            SELECT consent_event.id, subscriber.email, row_number() OVER (
                PARTITION BY consent_event.subscriber_id ORDER BY consent_event.id) AS position
            FROM consent_event JOIN subscriber ON subscriber.id = consent_event.subscriber_id
        ) AS placed
        WHERE placed.id = consent_event.id
        """
    )

    with op.batch_alter_table(
        "consent_event", table_kwargs={"sqlite_autoincrement": True}
    ) as batch_op:
        batch_op.drop_index("ix_consent_event_subscriber_id")
        batch_op.drop_constraint(  # the first revision gave its checks their prefix twice
            op.f("ck_consent_event_ck_consent_event_change_known"), type_="check"
        )
        batch_op.alter_column(
            "position",
            existing_type=sa.Integer(),
            nullable=False,
            comment="1, 2, 3 ... within a person's chain",
        )
        batch_op.alter_column("actor", existing_type=sa.String(length=12), nullable=False)
        for name, comment in (
            ("given_at", "when consent was given, if elsewhere and before"),
            ("frequency", "how often at most, where that was promised"),
            (
                "details_digest",
                "salted hash over email, source, evidence, network, user_agent and message_id",
            ),
            (
                "hash",
                "keyed hash over this event and the one before; empty: from before the chain",
            ),
        ):
            batch_op.alter_column(name, comment=comment)
        batch_op.create_check_constraint(
            op.f("ck_consent_event_change_known"), f"change IN ({CHANGES})"
        )
        batch_op.create_check_constraint(
            op.f("ck_consent_event_frequency_known"), "frequency IN ('every', 'weekly', 'monthly')"
        )
        batch_op.create_check_constraint(
            op.f("ck_consent_event_actor_known"),
            "actor IN ('person', 'operator', 'system', 'provider')",
        )
        batch_op.create_unique_constraint(
            op.f("uq_consent_event_subscriber_id_position"), ["subscriber_id", "position"]
        )
