"""What comes back: reports on our mails, and how many there were."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)

from pinlabs_mailer.db.tables.base import metadata
from pinlabs_mailer.db.types import RowId, Utc, one_of
from pinlabs_mailer.db.words import Returned, ReturnKind

report = Table(
    "report",
    metadata,
    Column("id", RowId, primary_key=True),
    Column(
        "key",
        String(80),
        nullable=False,
        unique=True,
        comment="what makes it this report: the same one is taken once",
    ),
    Column("subscriber_id", ForeignKey("subscriber.id"), nullable=False, index=True),
    Column(
        "delivery_id",
        ForeignKey("delivery.id"),
        index=True,
        comment="none: it names the person, and not which mail it is about",
    ),
    Column("kind", String(12), nullable=False),
    Column("reason", String(200), nullable=False, server_default=""),
    Column("status", String(12), nullable=False, server_default="", comment="RFC 3463"),
    Column(
        "recipient",
        String(254),
        nullable=False,
        server_default="",
        comment="as the report has it: somebody may have forwarded our mail",
    ),
    Column("diagnostic", Text, nullable=False, server_default=""),
    Column("matched_by", String(12), nullable=False),
    Column("received_at", Utc, nullable=False, index=True),
    Column("raw", LargeBinary, nullable=False, comment="the beginning of the mail, by zlib"),
    one_of("kind", ReturnKind),
    comment="A bounce or a complaint that was matched with one of our mails, or with its reader",
)

issue_return = Table(
    "issue_return",
    metadata,
    Column("issue_id", ForeignKey("issue.id"), primary_key=True),
    Column("what", String(12), primary_key=True),
    Column("number", Integer, nullable=False),
    Column(
        "look_at",
        Integer,
        nullable=False,
        server_default="1",
        comment="at which number the brake looks next; 0: whenever more was sent",
    ),
    one_of("what", Returned),
    comment="What came back from an issue, in numbers that outlive its deliveries",
)

return_count = Table(
    "return_count",
    metadata,
    Column("month", String(7), primary_key=True),
    Column("what", String(20), primary_key=True),
    Column("number", Integer, nullable=False),
    comment="What came back in a month, without saying from whom",
)

mailbox = Table(
    "mailbox",
    metadata,
    Column("name", String(300), primary_key=True, comment="account, host and folder"),
    Column("validity", BigInteger, nullable=False, comment="UIDVALIDITY (RFC 3501)"),
    Column("last_uid", BigInteger, nullable=False),
    Column(
        "again",
        Text,
        nullable=False,
        server_default="",
        comment="UIDs up to that one that could not be taken yet, by commas",
    ),
    Column(
        "letters_from",
        BigInteger,
        nullable=False,
        server_default="1",
        comment="mails below this UID were there before us: letters in them stay",
    ),
    comment="How far a mailbox was read",
)

forwarded_letter = Table(
    "forwarded_letter",
    metadata,
    Column("key", String(32), primary_key=True, comment="a hash of what its author wrote"),
    Column("came_at", Utc, nullable=False, index=True),
    Column("started_at", Utc, index=True, comment="the try that is under way, or was the last"),
    Column("forwarded_at", Utc, comment="when the relay took it"),
    comment="A letter from a person that came back, so that it is passed on once",
)
