"""preferences and rights

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    # A column that is added by itself leaves the table, and its counting ids, as they are.
    op.add_column(
        "subscriber",
        sa.Column(
            "paused_until",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="no issue that is opened before this is for them",
        ),
    )
    op.add_column(
        "subscriber",
        sa.Column(
            "erased_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="the row only keeps a place; nothing in it is personal",
        ),
    )
    op.create_table(
        "wish",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("reference", sa.String(length=12), nullable=False),
        sa.Column("subscriber_id", _ROW_ID, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column(
            "email",
            sa.String(length=254),
            server_default="",
            nullable=False,
            comment="where its mail goes, if not to the address on record",
        ),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('preferences', 'address', 'move', 'moved', 'data', 'erase')",
            name="ck_wish_kind_known",
        ),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscriber.id"], name="fk_wish_subscriber_id_subscriber"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_wish"),
        sa.UniqueConstraint("reference", name="uq_wish_reference"),
        comment="What a person asked for themselves, waiting for the click on its mail",
    )
    with op.batch_alter_table("wish", schema=None) as batch_op:
        batch_op.create_index("ix_wish_subscriber_id", ["subscriber_id"], unique=False)
    with op.batch_alter_table("sign_up", schema=None) as batch_op:
        batch_op.alter_column(
            "topics",
            existing_type=sa.JSON(),
            existing_nullable=False,
            comment="topic slugs; none: a new link is wanted",
            existing_comment="topic slugs",
        )
    with op.batch_alter_table("suppression", schema=None) as batch_op:
        batch_op.alter_column(
            "email_key",
            existing_type=sa.String(length=254),
            existing_nullable=False,
            comment="the key of an address, or the mark that an erased one leaves",
        )

    # SQLite rebuilds the table; that ids are never used again is not found by looking at it.
    with op.batch_alter_table(
        "delivery", schema=None, table_kwargs={"sqlite_autoincrement": True}
    ) as batch_op:
        batch_op.add_column(sa.Column("wish_id", _ROW_ID, nullable=True))
        batch_op.create_foreign_key("fk_delivery_wish_id_wish", "wish", ["wish_id"], ["id"])
        batch_op.drop_constraint("ck_delivery_kind_known", type_="check")
        batch_op.create_check_constraint(
            "ck_delivery_kind_known",
            "kind IN ('digest', 'confirm', 'already', 'link', 'notice')",
        )
