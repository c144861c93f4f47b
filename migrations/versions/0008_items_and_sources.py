"""events and jobs beside posts, where they come from, and what the editor says of them

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def _text(name: str, comment: str | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default="", nullable=False, comment=comment)


def upgrade() -> None:
    op.create_table(
        "source",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column(
            "location",
            sa.Text(),
            nullable=False,
            comment="a URL, a path, or a job board's short name",
        ),
        sa.Column("topic_id", _ROW_ID, nullable=False),
        sa.Column("added_at", _MOMENT, nullable=False),
        _text("etag"),
        _text("last_modified"),
        sa.Column(
            "fetched_at", _MOMENT, nullable=True, comment="when it was last read without a fault"
        ),
        sa.Column(
            "failed_at",
            _MOMENT,
            nullable=True,
            comment="when it failed, if it has not been read since",
        ),
        _text("failure"),
        sa.CheckConstraint(
            "kind IN ('feed', 'page', 'jsonld', 'files', 'ical', 'greenhouse', 'lever', 'ashby', "
            "'smartrecruiters')",
            name="ck_source_kind_known",
        ),
        sa.ForeignKeyConstraint(["topic_id"], ["topic.id"], name="fk_source_topic_id_topic"),
        sa.PrimaryKeyConstraint("id", name="pk_source"),
        sa.UniqueConstraint("name", name="uq_source_name"),
        comment="Where items come from",
    )
    with op.batch_alter_table("item", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("kind", sa.String(length=12), server_default="post", nullable=False)
        )
        batch_op.add_column(
            sa.Column(
                "details", sa.JSON(), nullable=True, comment="what only an event or a job has"
            )
        )
        batch_op.add_column(
            sa.Column(
                "ends_at",
                _MOMENT,
                nullable=True,
                comment="an event is over, or a job takes no more applications",
            )
        )
        batch_op.add_column(
            sa.Column(
                "closed_at", _MOMENT, nullable=True, comment="a job that its sources no longer have"
            )
        )
        batch_op.add_column(
            sa.Column(
                "pinned",
                sa.Integer(),
                nullable=True,
                comment="its place among what is pinned to the top, from 1",
            )
        )
        batch_op.add_column(
            sa.Column(
                "skipped_at", _MOMENT, nullable=True, comment="the editor took it out for good"
            )
        )
        batch_op.create_check_constraint("ck_item_kind_known", "kind IN ('post', 'event', 'job')")
    op.create_table(
        "sighting",
        sa.Column("source_id", _ROW_ID, nullable=False),
        sa.Column(
            "key",
            sa.String(length=64),
            nullable=False,
            comment="hash of what the source calls the item",
        ),
        sa.Column("item_id", _ROW_ID, nullable=False),
        sa.Column("seen_at", _MOMENT, nullable=False, comment="when a reading last had it"),
        sa.Column(
            "missing_since",
            _MOMENT,
            nullable=True,
            comment="the first complete reading that did not have it",
        ),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name="fk_sighting_item_id_item"),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name="fk_sighting_source_id_source"),
        sa.PrimaryKeyConstraint("source_id", "key", name="pk_sighting"),
        comment="Which source has which item",
    )
    op.create_index("ix_sighting_item_id", "sighting", ["item_id"])
    op.create_table(
        "next_issue",
        sa.Column("id", sa.Integer(), nullable=False),
        _text("subject"),
        _text("intro", "the editor's own words"),
        sa.CheckConstraint("id = 1", name="ck_next_issue_only_one"),
        sa.PrimaryKeyConstraint("id", name="pk_next_issue"),
        comment="What the editor has written for the issue that opens next",
    )
    op.add_column("issue", _text("intro", "the editor's own words"))
