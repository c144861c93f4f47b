"""Running all checks: side by side, each within its time, and none hides another."""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NamedTuple

from pinlabs_mailer.app import App
from pinlabs_mailer.doctor.checks import (
    clock,
    database,
    dkim,
    dmarc,
    domains,
    keys,
    pages,
    relay,
    reverse,
    sending,
    setup,
    spf,
    volume,
)
from pinlabs_mailer.doctor.dns import Dns, DnsTrouble
from pinlabs_mailer.doctor.finding import Finding, State, Topic
from pinlabs_mailer.doctor.subject import NotSet, Subject
from pinlabs_mailer.errors import (
    ConfigurationError,
    DatabaseAway,
    DatabaseNotReady,
    MailerError,
)

log = logging.getLogger("pinlabs_mailer.doctor")

_SECONDS = 20.0
_FOR_DNS = 0.8
"""The share of the time after which DNS is asked no more, so that checks can still say so."""
_SHORTEST_SECRET = 4


class Check(NamedTuple):
    """A check, and under which heading and name it is told when it cannot be made."""

    group: str
    topic: Topic
    run: Callable[[Subject], Iterable[Finding]]


CHECKS = (
    Check("Settings and database", setup.SETTINGS, setup.check),
    Check("Settings and database", keys.STRENGTH, keys.check),
    Check("Settings and database", database.SCHEMA, database.check),
    Check("Settings and database", database.ROOM, database.disk),
    Check("Settings and database", clock.CLOCK, clock.check),
    Check("DNS", spf.COVERS, spf.check),
    Check("DNS", dkim.RECORD, dkim.check),
    Check("DNS", dmarc.RECORD, dmarc.check),
    Check("DNS", dmarc.BY_SPF, dmarc.aligned),
    Check("DNS", domains.TAKES, domains.check),
    Check("DNS", reverse.POINTER, reverse.check),
    Check("DNS", reverse.EHLO, reverse.greeting),
    Check("Relay", relay.ANSWERS, relay.check),
    Check("Pages", pages.ADDRESS, pages.check),
    Check("Sending", sending.SCHEDULE, sending.check),
    Check("Sending", volume.VOLUME, volume.check),
)


class Section(NamedTuple):
    """What was found under one heading."""

    title: str
    findings: tuple[Finding, ...]


class Report(NamedTuple):
    """All that was found."""

    sections: tuple[Section, ...]

    @property
    def findings(self) -> list[Finding]:
        """Every finding, in the order in which they are told."""
        return [finding for section in self.sections for finding in section.findings]

    def number(self, state: State) -> int:
        """Return how many findings are of that state."""
        return sum(finding.state is state for finding in self.findings)

    @property
    def misconfigured(self) -> bool:
        """Say whether settings or database are what stands in the way."""
        return any(finding.configuration for finding in self.findings)


@dataclass
class _Running:
    """A check under way. Its thread may be left behind: it ends with the process."""

    check: Check
    subject: Subject
    found: list[Finding] = field(default_factory=list)
    thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        for finding in guarded(self.check, self.subject):
            self.found.append(finding)

    def findings(self, until: float) -> list[Finding]:
        """Return what it has found by then."""
        self.thread.join(max(until - time.monotonic(), 0))
        found = list(self.found)
        if self.thread.is_alive():
            found.append(_too_late(self.check.topic))
        return found


def _too_late(topic: Topic) -> Finding:
    if topic is database.SCHEMA:
        return topic.error("The database does not answer in time.", "See whether it runs.")
    return topic.unknown("It took too long to find out.", "Run it again.")


def examine(app: App, dns: Dns | None = None, seconds: float = _SECONDS) -> Report:
    """Make all checks, and be back after so many seconds at the latest."""
    until = time.monotonic() + seconds
    asked = dns or Dns(app.settings.dns_server, seconds * _FOR_DNS)
    subject = Subject(app, asked, app.clock())
    with suppress(MailerError):
        _ = app.bare_engine  # made once, before the threads ask for it
    secrets = secrets_of(app)
    running = [_Running(check, subject) for check in CHECKS]
    by_title: dict[str, list[Finding]] = {}
    for one in running:
        told = [finding.without(secrets) for finding in one.findings(until)]
        by_title.setdefault(one.check.group, []).extend(told)
    return Report(tuple(Section(title, tuple(found)) for title, found in by_title.items()))


def guarded(check: Check, subject: Subject) -> Iterator[Finding]:
    """Yield what a check finds, and what kept it from finding more."""
    topic = check.topic
    try:
        yield from check.run(subject)
    except NotSet as missing:
        yield topic.unknown(
            f"{missing.variable} is not set.", f"Set {missing.variable}, see docs/settings.md."
        )
    except DnsTrouble as trouble:
        yield topic.unknown(
            f"DNS: {trouble}.", "Run it again, or name another server in PINLABS_DNS_SERVER."
        )
    except (DatabaseNotReady, DatabaseAway) as error:
        wrong = isinstance(error, DatabaseNotReady)
        if topic is database.SCHEMA:
            yield topic.error(error.what, error.next_step, configuration=wrong)
        else:
            yield topic.unknown("The database cannot be read.", f"See {database.SCHEMA.name}.")
    except ConfigurationError as error:
        yield topic.error(error.what, error.next_step, configuration=True)
    except MailerError as error:
        yield topic.error(error.what, error.next_step)
    except Exception as error:  # whatever it met, the other checks still count
        log.debug("the check %s failed", topic.name, exc_info=error)
        yield topic.unknown(
            f"This check failed by itself ({type(error).__name__}).", "Please report it."
        )


def secrets_of(app: App) -> tuple[str, ...]:
    """Return what may stand in no finding, the longest first."""
    settings = app.settings
    found = [*(settings.secret_keys or ())]
    if settings.smtp_url and settings.smtp_url.password:
        found.append(settings.smtp_url.password)
    with suppress(MailerError):
        found.append(app.bare_engine.url.password or "")
    long_enough = (secret for secret in found if len(secret) >= _SHORTEST_SECRET)
    return tuple(sorted(long_enough, key=len, reverse=True))
