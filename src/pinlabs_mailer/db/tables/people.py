"""People, what they have consented to, and what they have asked for."""

from sqlalchemy import (
    JSON,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from pinlabs_mailer.db.tables.base import metadata
from pinlabs_mailer.db.types import RowId, Utc, one_of
from pinlabs_mailer.db.words import (
    Actor,
    Consent,
    ConsentChange,
    Frequency,
    SuppressionReason,
    WishKind,
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
    Column("moved_at", Utc, comment="when they last changed their address: older links are void"),
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
    Column(
        "term_since",
        Utc,
        comment="when the term that goes with the status began: the last active contact, "
        "the request, the withdrawal or the expiry",
    ),
    one_of("status", Consent),
    one_of("frequency", Frequency),
)
# Partial, and the topic first: whoever looks for one person's subscriptions must not take them.
_HELD, _OVER = text("status = 'confirmed'"), text("status <> 'confirmed'")

Index(
    "ix_subscription_held",
    subscription.c.topic_id,
    subscription.c.term_since,
    sqlite_where=_HELD,
    postgresql_where=_HELD,
)

Index(
    "ix_subscription_over",
    subscription.c.topic_id,
    subscription.c.status,
    subscription.c.term_since,
    sqlite_where=_OVER,
    postgresql_where=_OVER,
)

saved_search = Table(
    "saved_search",
    metadata,
    Column("subscriber_id", ForeignKey("subscriber.id"), primary_key=True),
    Column("departments", JSON, nullable=False),
    Column("locations", JSON, nullable=False),
    Column("employments", JSON, nullable=False),
    Column("words", JSON, nullable=False),
    Column("saved_at", Utc, nullable=False),
    comment="Which jobs a person wants to hear of; an empty list means all",
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

renewal = Table(
    "renewal",
    metadata,
    Column("delivery_id", ForeignKey("delivery.id"), primary_key=True),
    Column("number", Integer, nullable=False, comment="1 for the first reminder of a term"),
    Column("contact_at", Utc, nullable=False, comment="the last active contact before it"),
    Column("term_ends", Utc, nullable=False, comment="when the term is over"),
    Column("ends_at", Utc, nullable=False, comment="the end that the mail names, if that is later"),
    Column("topics", JSON, nullable=False, comment="topic ids"),
    comment="One reminder that consent ends, beside its delivery",
)
