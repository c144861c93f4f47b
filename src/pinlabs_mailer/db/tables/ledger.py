"""The outbox: each mail to one person, its tries, and what became of old ones."""

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    text,
)

from pinlabs_mailer.db.tables.base import metadata
from pinlabs_mailer.db.types import RowId, Utc, one_of
from pinlabs_mailer.db.words import (
    Bounce,
    DeliveryKind,
    DeliveryStatus,
)

delivery = Table(
    "delivery",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("kind", String(12), nullable=False),
    Column("dedupe_key", String(64), nullable=False, unique=True),
    Column("subscriber_id", ForeignKey("subscriber.id"), nullable=False),
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
    Column("bounce", String(12), comment="why it did not arrive, as far as that is known"),
    Column("bounced_at", Utc, comment="when it came back, though the relay had taken it"),
    Column("complained_at", Utc, comment="when its reader, or their provider, complained"),
    one_of("kind", DeliveryKind),
    one_of("status", DeliveryStatus),
    one_of("bounce", Bounce),
    sqlite_autoincrement=True,
)

# What people were sent is read from these two alone, a million people at a time: the first never
# changes once a delivery is planned, the second has only what did not get through.
Index("ix_delivery_told", delivery.c.subscriber_id, delivery.c.edition_id)

NOT_SENT = text("status IN ('failed', 'skipped', 'expired')")

Index(
    "ix_delivery_not_sent",
    delivery.c.subscriber_id,
    delivery.c.edition_id,
    sqlite_where=NOT_SENT,
    postgresql_where=NOT_SENT,
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

Index(
    "ix_delivery_request",
    delivery.c.opt_in_id,
    sqlite_where=delivery.c.opt_in_id.is_not(None),
    postgresql_where=delivery.c.opt_in_id.is_not(None),
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

folded = Table(
    "folded",
    metadata,
    Column("issue_id", ForeignKey("issue.id"), primary_key=True),
    Column("status", String(12), primary_key=True),
    Column("number", Integer, nullable=False),
    one_of("status", DeliveryStatus),
    comment="Deliveries of an issue whose rows are gone: how many ended in each state",
)

retention_count = Table(
    "retention_count",
    metadata,
    Column("month", String(7), primary_key=True),
    Column("what", String(20), primary_key=True),
    Column("number", Integer, nullable=False),
    comment="What the job of retention did in a month, without saying to whom",
)
