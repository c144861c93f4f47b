"""What there is to tell, and the issues and editions that tell it."""

from sqlalchemy import (
    JSON,
    Column,
    ForeignKey,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from pinlabs_mailer.db.tables.base import metadata
from pinlabs_mailer.db.types import RowId, Utc, one_of
from pinlabs_mailer.db.words import (
    IssueStatus,
)

item = Table(
    "item",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("topic_id", ForeignKey("topic.id"), nullable=False),
    Column("url_key", String(64), nullable=False, unique=True),
    Column("url", Text, nullable=False),
    Column("title", String(300), nullable=False),
    Column("summary", Text, nullable=False, server_default=""),
    Column("image_url", Text, nullable=False, server_default=""),
    Column("image_alt", String(500), nullable=False, server_default=""),
    Column("published_at", Utc),
    Column("first_seen_at", Utc, nullable=False),
)

issue = Table(
    "issue",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("key", String(40), nullable=False, unique=True),
    Column("status", String(12), nullable=False),
    Column("as_of", Utc, nullable=False, comment="the moment that chose slot and content"),
    Column("opened_at", Utc, nullable=False, comment="the real moment: who had consented by then"),
    Column("subject", Text, nullable=False, server_default=""),
    Column("paused_why", String(300), nullable=False, server_default=""),
    one_of("status", IssueStatus),
)

issue_item = Table(
    "issue_item",
    metadata,
    Column("issue_id", ForeignKey("issue.id"), primary_key=True),
    Column("item_id", ForeignKey("item.id"), primary_key=True, index=True),
    Column("position", Integer, nullable=False),
    Column("snapshot", JSON, nullable=False, comment="the item as it was when the issue opened"),
)

edition = Table(
    "edition",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("issue_id", ForeignKey("issue.id"), nullable=False),
    Column("locale", String(20), nullable=False, server_default="en"),
    Column("item_ids", JSON, nullable=False, comment="item ids, in the order they are shown"),
    Column(
        "digest",
        String(64),
        nullable=False,
        comment="of the items: with the language, what makes editions of an issue equal",
    ),
    UniqueConstraint("issue_id", "locale", "digest"),
)

edition_topic = Table(
    "edition_topic",
    metadata,
    Column("edition_id", ForeignKey("edition.id"), primary_key=True),
    Column("topic_id", ForeignKey("topic.id"), primary_key=True),
    comment="Which consents an edition needs: the guard looks at them again before each mail",
)
