"""The metadata that all tables share, and the tables that stand by themselves."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    Integer,
    MetaData,
    String,
    Table,
)

from pinlabs_mailer.db.types import RowId, Utc

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
    Column("retained_at", Utc, comment="when the job of retention was last through"),
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
    Column("retired_at", Utc, comment="since when nobody can join it, and its items are not told"),
)
