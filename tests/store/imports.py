"""Files to import, and what stands in the database afterwards."""

from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select

from pinlabs_mailer import topics
from pinlabs_mailer.community.audit import Tally, audit
from pinlabs_mailer.community.consent import Circumstances
from pinlabs_mailer.db.engine import reading
from pinlabs_mailer.db.tables import subscriber, subscription, topic
from pinlabs_mailer.db.words import Actor
from pinlabs_mailer.transfer import exporting, importing
from pinlabs_mailer.transfer.chunk import Order
from pinlabs_mailer.transfer.outcome import Summary
from pinlabs_mailer.transfer.person import Terms
from pinlabs_mailer.transfer.report import Report
from tests.support.installations import LIMITS, NOTARY

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
HEADER = "email,name,locale,timezone,frequency,topics,consented_at,evidence"


def row(email: str, consented_at: str = "2024-05-03", evidence: str = "a form", **more: str) -> str:
    """Return a line of our own form."""
    cells = {"name": "", "locale": "", "timezone": "", "frequency": "", "topics": ""} | more
    return ",".join([email, *cells.values(), consented_at, evidence])


class Imported:
    """An import that was run: its numbers, and its report."""

    def __init__(self, summary: Summary, report: str) -> None:
        self.summary = summary
        self.numbers = summary.as_numbers()
        self.report = report.splitlines()[1:]

    @property
    def outcomes(self) -> dict[str, int]:
        """How many rows had which outcome, without those of which there are none."""
        return {str(one): many for one, many in self.summary.outcomes.items() if many}


def take_in(
    engine: Engine,
    *rows: str,
    header: str = HEADER,
    form: str = "own",
    file: str = "people.csv",
    now: datetime = NOW,
    send_confirmations: bool = False,
    dry_run: bool = False,
    evidence: str = "",
) -> Imported:
    """Import these lines."""
    path = Path(file)
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    source = importing.open_source(path, form, {})
    with reading(engine) as connection:
        slugs = {one.slug: one.id for one in topics.every(connection)}
    terms = Terms(now, slugs, ("projects",), evidence)
    how = Circumstances(now, f"import of {file}", Actor.OPERATOR, NOTARY)
    order = Order(how, LIMITS, send_confirmations, dry_run)
    report = StringIO()
    with source.text.file:
        done = importing.run(engine, source, terms, order, Report(report), lambda *_: True)
    numbers = done.as_numbers()
    parts = ("added", "changed", "unchanged", "left_out", "refused")
    assert numbers["rows"] == sum(numbers[part] for part in parts)
    with reading(engine) as connection:
        assert list(audit(connection, NOTARY, Tally())) == []  # every chain, and what follows
    return Imported(done, report.getvalue())


def standings(engine: Engine) -> dict[tuple[str, str], tuple[str, str]]:
    """Return status and frequency of every subscription, by address and topic."""
    with reading(engine) as connection:
        found = connection.execute(
            select(
                subscriber.c.email, topic.c.slug, subscription.c.status, subscription.c.frequency
            ).select_from(subscription.join(subscriber).join(topic))
        )
        return {(email, slug): (status, often) for email, slug, status, often in found}


def people(engine: Engine) -> dict[str, dict[str, Any]]:
    """Return everybody, by address."""
    with reading(engine) as connection:
        return {one.email: dict(one._mapping) for one in connection.execute(select(subscriber))}


def exported(engine: Engine) -> str:
    """Return what an export writes."""
    file = StringIO()
    with reading(engine) as connection:
        exporting.write(connection, file)
    return file.getvalue()
