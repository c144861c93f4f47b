"""What the editor has written for the issue that opens next: its subject and an introduction."""

import re
from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, select

from pinlabs_mailer.content import text
from pinlabs_mailer.db.tables import next_issue
from pinlabs_mailer.errors import BadInput

MAX_SUBJECT = 200
MAX_INTRO = 5_000

_BETWEEN_PARAGRAPHS = re.compile(r"\n[ \t\r]*\n\s*")


class Words(NamedTuple):
    """The editor's own words, as plain text; empty where nothing was written."""

    subject: str = ""
    intro: str = ""
    """Paragraphs, with an empty line between them."""


def read(connection: Connection) -> Words:
    """Return what is written down."""
    row = connection.execute(select(next_issue.c.subject, next_issue.c.intro)).first()
    return Words(*row) if row else Words()


def write(connection: Connection, subject: str | None, intro: str | None) -> Words:
    """Write down the subject, the introduction or both; what is None stays as it is."""
    words = read(connection)
    if subject is not None:
        words = words._replace(subject=_within(text.plain(subject), MAX_SUBJECT, "A subject"))
    if intro is not None:
        paragraphs = map(text.plain, _BETWEEN_PARAGRAPHS.split(intro.strip()))
        joined = "\n\n".join(filter(None, paragraphs))
        words = words._replace(intro=_within(joined, MAX_INTRO, "An introduction"))
    connection.execute(delete(next_issue))
    connection.execute(insert(next_issue).values(id=1, **words._asdict()))
    return words


def take(connection: Connection) -> Words:
    """Return what is written down and clear it, in the transaction that opens an issue."""
    words = read(connection)
    connection.execute(delete(next_issue))
    return words


def _within(words: str, limit: int, what: str) -> str:
    if len(words) > limit:
        raise BadInput(f"{what} may have {limit:,} signs; this has {len(words):,}.", "Shorten it.")
    return words
