"""What there is to tell, and the issues and editions that tell it."""

from sqlalchemy import (
    JSON,
    CheckConstraint,
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
    ItemKind,
    SourceKind,
)

source = Table(
    "source",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("name", String(100), nullable=False, unique=True),
    Column("location", Text, nullable=False, comment="a URL, a path, or a job board's short name"),
    Column("options", JSON, comment="the base of relative links, a page's selectors"),
    Column("topic_id", ForeignKey("topic.id"), nullable=False),
    Column("added_at", Utc, nullable=False),
    Column("etag", Text, nullable=False, server_default=""),
    Column("last_modified", Text, nullable=False, server_default=""),
    Column("fetched_at", Utc, comment="when it was last read without a fault"),
    Column("failed_at", Utc, comment="when it failed, if it has not been read since"),
    Column("failure", Text, nullable=False, server_default=""),
    one_of("kind", SourceKind),
    comment="Where items come from",
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
    Column("kind", String(12), nullable=False, server_default=ItemKind.POST),
    Column("details", JSON, comment="what only an event or a job has"),
    Column("ends_at", Utc, comment="an event is over, or a job takes no more applications"),
    Column("closed_at", Utc, comment="a job that its sources no longer have"),
    Column("pinned", Integer, comment="its place among what is pinned to the top, from 1"),
    Column("skipped_at", Utc, comment="the editor took it out for good"),
    Column("edited_at", Utc, comment="title and summary are the editor's own since then"),
    one_of("kind", ItemKind),
)

sighting = Table(
    "sighting",
    metadata,
    Column("source_id", ForeignKey("source.id"), primary_key=True),
    Column("key", String(64), primary_key=True, comment="hash of what the source calls the item"),
    Column("item_id", ForeignKey("item.id"), nullable=False, index=True),
    Column(
        "first_seen_at",
        Utc,
        nullable=False,
        comment="who had an item first has the say in what it tells",
    ),
    Column("seen_at", Utc, nullable=False, comment="when a reading last had it"),
    Column("missing_since", Utc, comment="the first complete reading that did not have it"),
    comment="Which source has which item",
)

next_issue = Table(
    "next_issue",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("subject", Text, nullable=False, server_default=""),
    Column("intro", Text, nullable=False, server_default="", comment="the editor's own words"),
    CheckConstraint("id = 1", name="only_one"),
    comment="What the editor has written for the issue that opens next",
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
    Column("intro", Text, nullable=False, server_default="", comment="the editor's own words"),
    Column(
        "own_subject",
        Text,
        nullable=False,
        server_default="",
        comment="the editor's subject, which stands in every language; none: the template's",
    ),
    Column("paused_why", String(300), nullable=False, server_default=""),
    Column(
        "put_backs",
        Integer,
        nullable=False,
        server_default="0",
        comment="how often deliveries of it were put back",
    ),
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
    Column(
        "more_jobs",
        Integer,
        nullable=False,
        server_default="0",
        comment="open jobs that its readers would also get, had there been room",
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
