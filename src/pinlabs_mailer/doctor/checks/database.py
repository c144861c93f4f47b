"""The database answers, is of this version, keeps what it is told, and has room."""

import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection, Engine, text

from pinlabs_mailer.db import schema
from pinlabs_mailer.db.engine import reading
from pinlabs_mailer.doctor.finding import Finding, Topic
from pinlabs_mailer.doctor.subject import Subject

SCHEMA = Topic("database.schema", "docs/operations.md")
DURABLE = Topic("database.durable", "docs/operations.md")
PRIVATE = Topic("database.file", "docs/operations.md")
ROOM = Topic("database.disk", "docs/operations.md")

_MB = 1_000_000
_TOO_LITTLE, _LITTLE = 100 * _MB, 1_000 * _MB


def check(subject: Subject) -> Iterator[Finding]:
    """Can the database be worked with, and relied on?"""
    engine = subject.app.bare_engine
    schema.require_current(engine)
    yield SCHEMA.ok(f"{engine.dialect.name}, at revision {schema.head()}")
    with reading(engine) as connection:
        sqlite = engine.dialect.name == "sqlite"
        yield _sqlite(connection) if sqlite else _postgresql(connection)


def disk(subject: Subject) -> Iterator[Finding]:
    """Is there room where the database lies? That of a server is the server's business."""
    engine = subject.app.bare_engine
    if engine.dialect.name != "sqlite":
        yield ROOM.ok("The database is on a server, which looks after its own disk")
        return
    path = _file(engine)
    if not path.exists():
        return  # told by `check`
    folder = path.absolute().parent
    yield room(shutil.disk_usage(folder).free, folder)
    mode = stat.S_IMODE(path.stat().st_mode)
    yield PRIVATE.judged(
        f"Others on this machine can read {path} (mode {mode:04o}), with all addresses in it."
        if mode & stat.S_IRWXO
        else "",
        f"{path} is not for everybody",
        f"chmod 600 {path}",
    )


def room(free: int, folder: Path) -> Finding:
    """Return what is to be said of so many free bytes."""
    seen = f"{free // _MB} MB are free in {folder}"
    if free < _TOO_LITTLE:
        return ROOM.error(f"{seen}.", "Make room: a full disk stops sending.")
    return ROOM.warning(f"{seen}.", "Make room.") if free < _LITTLE else ROOM.ok(seen)


def _sqlite(connection: Connection) -> Finding:
    journal, synchronous, keys = (
        connection.exec_driver_sql(f"PRAGMA {name}").scalar()
        for name in ("journal_mode", "synchronous", "foreign_keys")
    )
    wrong = [
        what
        for what, is_so in (
            (f"journal_mode is {journal}, not wal", journal != "wal"),
            ("synchronous is not FULL", synchronous != 2),
            ("foreign keys are off", not keys),
        )
        if is_so
    ]
    return DURABLE.judged(
        f"{'; '.join(wrong)}: pages and sender wait for each other, or a crash may lose mail."
        if wrong
        else "",
        "Write-ahead log, every commit on disk, foreign keys on",
        "sqlite3 FILE 'PRAGMA journal_mode = WAL', while nothing else has it open.",
    )


def _postgresql(connection: Connection) -> Finding:
    off = [
        name
        for name in ("fsync", "synchronous_commit", "full_page_writes")
        if connection.execute(text(f"SHOW {name}")).scalar_one() == "off"
    ]
    return DURABLE.judged(
        f"{', '.join(off)} {'is' if len(off) == 1 else 'are'} off: after a crash of the server "
        "mail may be sent twice or lost."
        if off
        else "",
        "Every commit is on disk",
        "Turn it on, for this database at least.",
    )


def _file(engine: Engine) -> Path:
    return Path(str(engine.url.database))
