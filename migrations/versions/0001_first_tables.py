"""first tables

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:

    op.create_table(
        "installation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=12), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", name="ck_installation_single"),
        sa.PrimaryKeyConstraint("id", name="pk_installation"),
        comment="One row: when this database was set up, and a random name for its Message-IDs",
    )
    op.create_table(
        "issue",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column(
            "as_of",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="the moment that chose slot and content",
        ),
        sa.Column(
            "opened_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="the real moment: who had consented by then",
        ),
        sa.Column("subject", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "status IN ('planning', 'sending', 'paused', 'cancelled', 'sent', 'skipped')",
            name="ck_issue_status_known",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_issue"),
        sa.UniqueConstraint("key", name="uq_issue_key"),
    )
    op.create_table(
        "subscriber",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reference", sa.String(length=12), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("email_key", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=100), server_default="", nullable=False),
        sa.Column("locale", sa.String(length=20), server_default="en", nullable=False),
        sa.Column("timezone", sa.String(length=64), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_subscriber"),
        sa.UniqueConstraint("email_key", name="uq_subscriber_email_key"),
        sa.UniqueConstraint("reference", name="uq_subscriber_reference"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "suppression",
        sa.Column("email_key", sa.String(length=254), nullable=False),
        sa.Column("reason", sa.String(length=12), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "reason IN ('bounce', 'complaint', 'manual', 'erased')",
            name="ck_suppression_reason_known",
        ),
        sa.PrimaryKeyConstraint("email_key", name="pk_suppression"),
    )
    op.create_table(
        "topic",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("slug", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("description", sa.String(length=300), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_topic"),
        sa.UniqueConstraint("slug", name="uq_topic_slug"),
    )
    op.create_table(
        "wording",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("first_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_wording"),
        sa.UniqueConstraint("digest", name="uq_wording_digest"),
        comment="Each text that asked for consent, once",
    )
    op.create_table(
        "consent_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "subscriber_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("topic_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("change", sa.String(length=12), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column(
            "wording_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("evidence", sa.Text(), server_default="", nullable=False),
        sa.Column("network", sa.String(length=45), server_default="", nullable=False),
        sa.Column("user_agent", sa.String(length=300), server_default="", nullable=False),
        sa.CheckConstraint(
            "change IN ('requested', 'confirmed', 'withdrawn')",
            name="ck_consent_event_change_known",
        ),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscriber.id"], name="fk_consent_event_subscriber_id_subscriber"
        ),
        sa.ForeignKeyConstraint(["topic_id"], ["topic.id"], name="fk_consent_event_topic_id_topic"),
        sa.ForeignKeyConstraint(
            ["wording_id"], ["wording.id"], name="fk_consent_event_wording_id_wording"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_consent_event"),
        comment="Append-only: who consented to what, when, how, and which words were shown",
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("consent_event", schema=None) as batch_op:
        batch_op.create_index("ix_consent_event_subscriber_id", ["subscriber_id"], unique=False)

    op.create_table(
        "edition",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("issue_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "item_ids", sa.JSON(), nullable=False, comment="item ids, in the order they are shown"
        ),
        sa.Column(
            "digest",
            sa.String(length=64),
            nullable=False,
            comment="what makes editions of an issue equal",
        ),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name="fk_edition_issue_id_issue"),
        sa.PrimaryKeyConstraint("id", name="pk_edition"),
        sa.UniqueConstraint("issue_id", "digest", name="uq_edition_issue_id_digest"),
    )
    op.create_table(
        "item",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("topic_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("url_key", sa.String(length=64), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("summary", sa.Text(), server_default="", nullable=False),
        sa.Column("image_url", sa.Text(), server_default="", nullable=False),
        sa.Column("image_alt", sa.String(length=500), server_default="", nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["topic_id"], ["topic.id"], name="fk_item_topic_id_topic"),
        sa.PrimaryKeyConstraint("id", name="pk_item"),
        sa.UniqueConstraint("url_key", name="uq_item_url_key"),
    )
    op.create_table(
        "opt_in",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reference", sa.String(length=12), nullable=False),
        sa.Column(
            "subscriber_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("topics", sa.JSON(), nullable=False, comment="topic ids"),
        sa.Column(
            "wording_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscriber.id"], name="fk_opt_in_subscriber_id_subscriber"
        ),
        sa.ForeignKeyConstraint(
            ["wording_id"], ["wording.id"], name="fk_opt_in_wording_id_wording"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_opt_in"),
        sa.UniqueConstraint("reference", name="uq_opt_in_reference"),
        comment="One request to join, waiting for the click on its confirmation mail",
    )
    with op.batch_alter_table("opt_in", schema=None) as batch_op:
        batch_op.create_index("ix_opt_in_subscriber_id", ["subscriber_id"], unique=False)

    op.create_table(
        "subscription",
        sa.Column(
            "subscriber_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("topic_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("frequency", sa.String(length=12), server_default="every", nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "frequency IN ('every', 'weekly', 'monthly')", name="ck_subscription_frequency_known"
        ),
        sa.CheckConstraint(
            "status IN ('pending', 'confirmed', 'withdrawn', 'expired')",
            name="ck_subscription_status_known",
        ),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscriber.id"], name="fk_subscription_subscriber_id_subscriber"
        ),
        sa.ForeignKeyConstraint(["topic_id"], ["topic.id"], name="fk_subscription_topic_id_topic"),
        sa.PrimaryKeyConstraint("subscriber_id", "topic_id", name="pk_subscription"),
    )
    op.create_table(
        "delivery",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("dedupe_key", sa.String(length=64), nullable=False),
        sa.Column(
            "subscriber_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("issue_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "edition_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("opt_in_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=200), server_default="", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("doubts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "not_before",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="when planned: not to be tried earlier; when in doubt: when it is settled",
        ),
        sa.Column(
            "held_by",
            sa.String(length=100),
            nullable=True,
            comment="the process that has it on the wire",
        ),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "started_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="when it last went to `sending`",
        ),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "reply", sa.Text(), server_default="", nullable=False, comment="the relay's last word"
        ),
        sa.CheckConstraint("kind IN ('digest', 'confirm')", name="ck_delivery_kind_known"),
        sa.CheckConstraint(
            "status IN ('planned', 'sending', 'accepted', 'failed', 'skipped', 'expired', 'in_doubt', 'held')",
            name="ck_delivery_status_known",
        ),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["edition.id"], name="fk_delivery_edition_id_edition"
        ),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name="fk_delivery_issue_id_issue"),
        sa.ForeignKeyConstraint(["opt_in_id"], ["opt_in.id"], name="fk_delivery_opt_in_id_opt_in"),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscriber.id"], name="fk_delivery_subscriber_id_subscriber"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_delivery"),
        sa.UniqueConstraint("dedupe_key", name="uq_delivery_dedupe_key"),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.create_index("ix_delivery_issue_id", ["issue_id"], unique=False)
        batch_op.create_index(
            "ix_delivery_on_its_way",
            ["status"],
            unique=False,
            sqlite_where=sa.text("status IN ('sending', 'in_doubt')"),
            postgresql_where=sa.text("status IN ('sending', 'in_doubt')"),
        )
        batch_op.create_index("ix_delivery_subscriber_id", ["subscriber_id"], unique=False)
        batch_op.create_index(
            "ix_delivery_waiting",
            ["issue_id", "not_before", "id"],
            unique=False,
            sqlite_where=sa.text("status = 'planned'"),
            postgresql_where=sa.text("status = 'planned'"),
        )

    op.create_table(
        "edition_topic",
        sa.Column(
            "edition_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("topic_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["edition.id"], name="fk_edition_topic_edition_id_edition"
        ),
        sa.ForeignKeyConstraint(["topic_id"], ["topic.id"], name="fk_edition_topic_topic_id_topic"),
        sa.PrimaryKeyConstraint("edition_id", "topic_id", name="pk_edition_topic"),
        comment="Which consents an edition needs: the guard looks at them again before each mail",
    )
    op.create_table(
        "issue_item",
        sa.Column("issue_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("item_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "snapshot",
            sa.JSON(),
            nullable=False,
            comment="the item as it was when the issue opened",
        ),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name="fk_issue_item_issue_id_issue"),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name="fk_issue_item_item_id_item"),
        sa.PrimaryKeyConstraint("issue_id", "item_id", name="pk_issue_item"),
    )
    with op.batch_alter_table("issue_item", schema=None) as batch_op:
        batch_op.create_index("ix_issue_item_item_id", ["item_id"], unique=False)

    op.create_table(
        "attempt",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "delivery_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "outcome", sa.String(length=12), nullable=False, comment="the status that followed"
        ),
        sa.Column(
            "code", sa.Integer(), nullable=True, comment="SMTP reply code, none when no reply came"
        ),
        sa.Column("reply", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "outcome IN ('planned', 'sending', 'accepted', 'failed', 'skipped', 'expired', 'in_doubt', 'held')",
            name="ck_attempt_outcome_known",
        ),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["delivery.id"], name="fk_attempt_delivery_id_delivery"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_attempt"),
    )
    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.create_index("ix_attempt_delivery_id", ["delivery_id"], unique=False)
