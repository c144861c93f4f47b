"""M4: our clock agrees with others'. It stands in Date, in the signature and in the schedule."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy import text

from pinlabs_mailer.db.engine import reading
from pinlabs_mailer.doctor.checks.pages import found_at
from pinlabs_mailer.doctor.finding import Finding, Topic
from pinlabs_mailer.doctor.subject import Subject
from pinlabs_mailer.doctor.visit import NoPage, Place, ask

CLOCK = Topic("clock", "M4, RFC 6376 section 3.5")

_NOTICED, _HARMFUL = timedelta(seconds=60), timedelta(minutes=5)
_REMEDY = "Have the clocks of both machines set by NTP."


def check(subject: Subject) -> Iterator[Finding]:
    """Compare our clock with that of the database and of the pages."""
    compared = False
    if subject.app.bare_engine.dialect.name == "postgresql":
        with reading(subject.app.bare_engine) as connection:
            theirs = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
        yield _judged("the database", theirs, subject.app.clock())
        compared = True
    url = subject.settings.base_url
    if url is not None:
        for address in found_at(subject, urlsplit(url).hostname or "")[:1]:
            try:
                date = ask(Place(url, address), "GET", "/healthz").date
            except NoPage:
                continue
            if date is not None:
                yield _judged("the pages", date, subject.app.clock())
                compared = True
    if not compared:
        yield CLOCK.unknown(
            "There was no other clock to compare ours with.",
            "Set PINLABS_BASE_URL, and have the pages served.",
        )


def _judged(whose: str, theirs: datetime, ours: datetime) -> Finding:
    theirs = theirs if theirs.tzinfo else theirs.replace(tzinfo=UTC)
    apart = abs(theirs - ours)
    seen = f"Our clock and that of {whose} are {apart.total_seconds():.0f} s apart"
    if apart > _HARMFUL:
        return CLOCK.error(f"{seen}.", _REMEDY)
    return CLOCK.warning(f"{seen}.", _REMEDY) if apart > _NOTICED else CLOCK.ok(seen)
