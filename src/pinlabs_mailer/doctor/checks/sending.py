"""Whether mail moves: the schedule is kept, nothing waits for long, nothing lies about."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import Connection, case, func, select

from pinlabs_mailer.db.engine import reading
from pinlabs_mailer.db.tables import delivery, installation, issue, sign_up
from pinlabs_mailer.db.words import DeliveryStatus, IssueStatus
from pinlabs_mailer.digest import issues, schedule
from pinlabs_mailer.doctor.finding import Finding, Topic, listed
from pinlabs_mailer.doctor.subject import Subject

SCHEDULE = Topic("sending.schedule", "docs/operations.md")
WAITING = Topic("sending.waiting", "O2")
DOUBT = Topic("sending.doubt", "RFC 5321 section 6.1")
PAUSED = Topic("sending.issues", "docs/operations.md")
FAILED = Topic("sending.failures", "O7")
FORMS = Topic("sending.sign_ups", "A6")

_SLOT_GRACE, _WAIT_GRACE, _LONG = timedelta(minutes=15), timedelta(minutes=15), timedelta(hours=6)
_FORM_GRACE = timedelta(minutes=10)
_FEW, _MANY_FAILED = 200, 0.03
_WORK = "Keep `pinlabs-mailer serve --work` or `work` running, or let cron run `send-digest`."


def check(subject: Subject) -> Iterator[Finding]:
    """Look at the schedule, the outbox and the forms that wait."""
    settings, now = subject.settings, subject.now
    with reading(subject.app.engine) as connection:
        since = connection.execute(select(installation.c.created_at)).scalar_one()
        slot = schedule.due(settings.schedule, settings.timezone, since, now)
        opened = slot is None or issues.by_key(connection, slot.key) is not None
        following = schedule.following(settings.schedule, settings.timezone, since, now)
        if slot is None:
            yield SCHEDULE.ok(f"The first issue is due on {_moment(following.at)}")
        elif opened:
            yield SCHEDULE.ok(f"Issue {slot.key} was opened; next {_moment(following.at)}")
        elif now - slot.at <= _SLOT_GRACE:
            yield SCHEDULE.ok(f"Issue {slot.key} is due since {_moment(slot.at)}")
        else:
            yield SCHEDULE.error(
                f"Issue {slot.key} was due on {_moment(slot.at)}, and nobody has opened it.", _WORK
            )
        yield _waiting(connection, now)
        yield _doubt(connection, now, settings.doubt_after)
        yield _paused(connection)
        yield from _failures(connection)
        yield _forms(connection, now)


def _waiting(connection: Connection, now: datetime) -> Finding:
    halted = select(issue.c.id).where(issue.c.status == IssueStatus.PAUSED)
    # what may go at once has a `not_before` from long ago
    since = case(
        (delivery.c.not_before > delivery.c.created_at, delivery.c.not_before),
        else_=delivery.c.created_at,
    )
    oldest, number = connection.execute(
        select(func.min(since), func.count()).where(
            delivery.c.status == DeliveryStatus.PLANNED,
            delivery.c.not_before <= now,
            delivery.c.issue_id.is_(None) | delivery.c.issue_id.not_in(halted),
        )
    ).one()
    if oldest is None:
        return WAITING.ok("Nothing waits that could go out")
    waits = now - oldest
    seen = f"{number} deliveries wait that could go out, the oldest for {_length(waits)}"
    if waits <= _WAIT_GRACE:
        return WAITING.ok(seen)
    return WAITING.error(f"{seen}.", _WORK) if waits > _LONG else WAITING.warning(f"{seen}.", _WORK)


def _doubt(connection: Connection, now: datetime, doubt_after: timedelta) -> Finding:
    held = _number(connection, DeliveryStatus.HELD)
    overdue = connection.execute(
        select(func.count()).where(
            delivery.c.status == DeliveryStatus.IN_DOUBT,
            delivery.c.not_before < now - doubt_after - _WAIT_GRACE,
        )
    ).scalar_one()
    if held:
        return DOUBT.warning(
            f"{held} deliveries are held: nobody knows whether the relay has them.",
            "Look into the relay's log, and at `delivery list --issue KEY --status held`.",
        )
    if overdue:
        return DOUBT.warning(f"{overdue} deliveries are in doubt for too long.", _WORK)
    return DOUBT.ok(f"{_number(connection, DeliveryStatus.IN_DOUBT)} in doubt, none held")


def _number(connection: Connection, status: DeliveryStatus) -> int:
    found = select(func.count()).select_from(delivery).where(delivery.c.status == status)
    return connection.execute(found).scalar_one()


def _paused(connection: Connection) -> Finding:
    keys = connection.execute(
        select(issue.c.key).where(issue.c.status == IssueStatus.PAUSED).order_by(issue.c.id)
    ).scalars()
    paused = listed(keys)
    return PAUSED.judged(
        f"Paused: {paused}." if paused else "",
        "No issue is paused",
        "See why, then `pinlabs-mailer issue resume` or `issue cancel`.",
    )


def _failures(connection: Connection) -> Iterator[Finding]:
    """Look at the latest issue of which enough was sent to tell."""
    found = connection.execute(
        select(
            issue.c.key,
            func.count().filter(delivery.c.status == DeliveryStatus.FAILED),
            func.count(),
        )
        .join(delivery, delivery.c.issue_id == issue.c.id)
        .where(delivery.c.status.in_([DeliveryStatus.ACCEPTED, DeliveryStatus.FAILED]))
        .group_by(issue.c.id, issue.c.key)
        .having(func.count() >= _FEW)
        .order_by(issue.c.id.desc())
        .limit(1)
    ).first()
    if found is not None:
        key, failed, tried = found
        yield FAILED.judged(
            f"{failed} of {tried} mails of issue {key} were refused; providers notice 2 in 100."
            if failed >= tried * _MANY_FAILED
            else "",
            f"{failed} of {tried} mails of issue {key} were refused",
            f"See why: pinlabs-mailer delivery list --issue {key} --status failed",
        )


def _forms(connection: Connection, now: datetime) -> Finding:
    oldest = connection.execute(select(func.min(sign_up.c.asked_at))).scalar()
    late = oldest is not None and now - oldest > _FORM_GRACE
    return FORMS.judged(
        f"Sign-up forms wait for {_length(now - oldest)}." if late and oldest else "",
        "No sign-up form waits",
        "Keep `pinlabs-mailer serve` running: it takes them up.",
    )


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M UTC}"


def _length(length: timedelta) -> str:
    minutes = int(length.total_seconds() // 60)
    for size, unit in ((1440, "day"), (60, "hour")):
        if minutes >= size:
            return f"{minutes // size} {unit}{'s' * (minutes // size != 1)}"
    return f"{minutes} minute{'s' * (minutes != 1)}"
