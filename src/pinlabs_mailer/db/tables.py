"""Every table, as SQLAlchemy Core sees it. `docs/glossary.md` says what the nouns mean."""

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from pinlabs_mailer.db.types import RowId, Utc, one_of
from pinlabs_mailer.db.words import (
    Actor,
    Consent,
    ConsentChange,
    DeliveryKind,
    DeliveryStatus,
    Frequency,
    IssueStatus,
    SuppressionReason,
    WishKind,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

installation = Table(
    "installation",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(12), nullable=False),
    Column("created_at", Utc, nullable=False),
    CheckConstraint("id = 1", name="single"),
    comment="One row: when this database was set up, and a random name for its Message-IDs",
)

topic = Table(
    "topic",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("slug", String(40), nullable=False, unique=True),
    Column("title", String(100), nullable=False),
    Column("description", String(300), nullable=False, server_default=""),
)

subscriber = Table(
    "subscriber",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("reference", String(12), nullable=False, unique=True),
    Column("email", String(254), nullable=False),
    Column("email_key", String(254), nullable=False, unique=True),
    Column("name", String(100), nullable=False, server_default=""),
    Column("locale", String(20), nullable=False, server_default="en"),
    Column("timezone", String(64), nullable=False, server_default=""),
    Column("created_at", Utc, nullable=False),
    Column(
        "consent_seal",
        String(64),
        nullable=False,
        server_default="",
        comment="keyed hash over their last consent event",
    ),
    Column("paused_until", Utc, comment="no issue that is opened before this is for them"),
    Column("erased_at", Utc, comment="the row only keeps a place; nothing in it is personal"),
    sqlite_autoincrement=True,
)

subscription = Table(
    "subscription",
    metadata,
    Column("subscriber_id", ForeignKey("subscriber.id"), primary_key=True),
    Column("topic_id", ForeignKey("topic.id"), primary_key=True),
    Column("status", String(12), nullable=False),
    Column("frequency", String(12), nullable=False, server_default=Frequency.EVERY),
    Column("requested_at", Utc),
    Column("confirmed_at", Utc),
    Column("withdrawn_at", Utc),
    one_of("status", Consent),
    one_of("frequency", Frequency),
)

wording = Table(
    "wording",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("digest", String(64), nullable=False, unique=True),
    Column("text", Text, nullable=False),
    Column("first_used_at", Utc, nullable=False),
    comment="Each text that asked for consent, once",
)

consent_event = Table(
    "consent_event",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("subscriber_id", ForeignKey("subscriber.id"), nullable=False),
    Column("position", Integer, nullable=False, comment="1, 2, 3 ... within a person's chain"),
    Column("topic_id", ForeignKey("topic.id"), nullable=False),
    Column("change", String(12), nullable=False),
    Column("at", Utc, nullable=False),
    Column("given_at", Utc, comment="when consent was given, if elsewhere and before"),
    Column("frequency", String(12), comment="how often at most, where that was promised"),
    Column("wording_id", ForeignKey("wording.id")),
    Column("form_version", String(100), nullable=False, server_default=""),
    Column("language", String(20), nullable=False, server_default=""),
    Column("actor", String(12), nullable=False),
    Column("email", String(254), nullable=False, server_default=""),
    Column("source", String(200), nullable=False),
    Column("evidence", Text, nullable=False, server_default=""),
    Column("network", String(45), nullable=False, server_default=""),
    Column("user_agent", String(300), nullable=False, server_default=""),
    Column("message_id", String(400), nullable=False, server_default=""),
    Column("salt", String(32), nullable=False, server_default=""),
    Column(
        "details_digest",
        String(64),
        nullable=False,
        server_default="",
        comment="salted hash over email, source, evidence, network, user_agent and message_id",
    ),
    Column("key_id", String(8), nullable=False, server_default=""),
    Column(
        "hash",
        String(64),
        nullable=False,
        server_default="",
        comment="keyed hash over this event and the one before; empty: from before the chain",
    ),
    one_of("change", ConsentChange),
    one_of("frequency", Frequency),
    one_of("actor", Actor),
    UniqueConstraint("subscriber_id", "position"),
    sqlite_autoincrement=True,
    comment="Append-only: who consented to what, when, how, and which words were shown",
)

opt_in = Table(
    "opt_in",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("reference", String(12), nullable=False, unique=True),
    Column("subscriber_id", ForeignKey("subscriber.id"), nullable=False, index=True),
    Column("topics", JSON, nullable=False, comment="topic ids"),
    Column("wording_id", ForeignKey("wording.id")),
    Column("frequency", String(12), comment="what they chose; it holds once they confirm"),
    Column("source", String(200), nullable=False, server_default=""),
    Column("network", String(45), nullable=False, server_default="", comment="only roughly"),
    Column("requested_at", Utc, nullable=False),
    Column("confirmed_at", Utc),
    one_of("frequency", Frequency),
    comment="One request to join, waiting for the click on its confirmation mail",
)

wish = Table(
    "wish",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("reference", String(12), nullable=False, unique=True),
    Column("subscriber_id", ForeignKey("subscriber.id"), nullable=False, index=True),
    Column("kind", String(12), nullable=False),
    Column(
        "email",
        String(254),
        nullable=False,
        server_default="",
        comment="where its mail goes, if not to the address on record",
    ),
    Column("asked_at", Utc, nullable=False),
    Column("done_at", Utc),
    one_of("kind", WishKind),
    comment="What a person asked for themselves, waiting for the click on its mail",
)

sign_up = Table(
    "sign_up",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("email", String(254), nullable=False),
    Column("email_key", String(254), nullable=False),
    Column("topics", JSON, nullable=False, comment="topic slugs; none: a new link is wanted"),
    Column("name", String(100), nullable=False),
    Column("locale", String(20), nullable=False),
    Column("frequency", String(12)),
    Column("form", String(12), nullable=False, comment="which form it was, to take each once"),
    Column("wording", Text, nullable=False),
    Column("form_version", String(100), nullable=False),
    Column("language", String(20), nullable=False),
    Column("source", String(200), nullable=False),
    Column("network", String(45), nullable=False),
    Column("user_agent", String(300), nullable=False),
    Column("asked_at", Utc, nullable=False),
    one_of("frequency", Frequency),
    comment="Forms that were sent and that nobody has looked at yet; gone within seconds",
)

sign_up_limit = Table(
    "sign_up_limit",
    metadata,
    Column("subject", String(23), primary_key=True, comment="a scope, and a keyed hash"),
    Column("used", Integer, nullable=False),
    Column("until", Utc, index=True, comment="when counting begins anew; none: it never does"),
    comment="How many confirmation mails there were for an address, a network and so on",
)

suppression = Table(
    "suppression",
    metadata,
    Column(
        "email_key",
        String(254),
        primary_key=True,
        comment="the key of an address, or the mark that an erased one leaves",
    ),
    Column("reason", String(12), nullable=False),
    Column("note", Text, nullable=False, server_default=""),
    Column("since", Utc, nullable=False),
    one_of("reason", SuppressionReason),
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

delivery = Table(
    "delivery",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("kind", String(12), nullable=False),
    Column("dedupe_key", String(64), nullable=False, unique=True),
    Column("subscriber_id", ForeignKey("subscriber.id"), nullable=False, index=True),
    Column("issue_id", ForeignKey("issue.id"), index=True),
    Column("edition_id", ForeignKey("edition.id")),
    Column("opt_in_id", ForeignKey("opt_in.id")),
    Column("wish_id", ForeignKey("wish.id")),
    Column("status", String(12), nullable=False),
    Column("reason", String(200), nullable=False, server_default=""),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("doubts", Integer, nullable=False, server_default="0"),
    Column("created_at", Utc, nullable=False),
    Column(
        "not_before",
        Utc,
        nullable=False,
        comment="when planned: not to be tried earlier; when in doubt: when it is settled",
    ),
    Column("held_by", String(100), comment="the process that has it on the wire"),
    Column("held_until", Utc),
    Column("started_at", Utc, comment="when it last went to `sending`"),
    Column("finished_at", Utc),
    Column("reply", Text, nullable=False, server_default="", comment="the relay's last word"),
    one_of("kind", DeliveryKind),
    one_of("status", DeliveryStatus),
    sqlite_autoincrement=True,
)
Index(
    "ix_delivery_waiting",
    delivery.c.issue_id,
    delivery.c.not_before,
    delivery.c.id,
    sqlite_where=delivery.c.status == "planned",
    postgresql_where=delivery.c.status == "planned",
)
Index(
    "ix_delivery_on_its_way",
    delivery.c.status,
    sqlite_where=delivery.c.status.in_(["sending", "in_doubt"]),
    postgresql_where=delivery.c.status.in_(["sending", "in_doubt"]),
)

attempt = Table(
    "attempt",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("delivery_id", ForeignKey("delivery.id"), nullable=False, index=True),
    Column("at", Utc, nullable=False),
    Column("outcome", String(12), nullable=False, comment="the status that followed"),
    Column("code", Integer, comment="SMTP reply code, none when no reply came"),
    Column("reply", Text, nullable=False, server_default=""),
    one_of("outcome", DeliveryStatus),
)
