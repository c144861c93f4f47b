"""Preflight of an issue: its editions are measured before anything is written or mailed."""

import logging
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from pinlabs_mailer.content.items import Event, Item, Job
from pinlabs_mailer.digest import letter
from pinlabs_mailer.digest.draft import Content
from pinlabs_mailer.errors import ConfigurationError
from pinlabs_mailer.languages import Language
from pinlabs_mailer.links import Links
from pinlabs_mailer.mail.dkim import DkimKey
from pinlabs_mailer.mail.masthead import Masthead
from pinlabs_mailer.mail.message import Prepared, Recipient, Unsubscribe
from pinlabs_mailer.mail.preflight import Finding, Standard, check
from pinlabs_mailer.mail.preflight.standard import host_of
from pinlabs_mailer.settings import Mailbox
from pinlabs_mailer.tokens import REFERENCE_LENGTH

log = logging.getLogger("pinlabs_mailer.preflight")

FEW = 50
"""Editions that are all measured. Of more, enough that every post is seen in every role."""
_TOLD = 20
_REFERENCE = "-" * REFERENCE_LENGTH
_NAME = "Wilhelmine-Ottilie Große-Ölbrücken von und zu " + "Ahlefeldt-" * 12 + "Łęcka"
_EMAIL = "wilhelmine-ottilie." + "x" * 45 + "@" + ("y" * 60 + ".") * 3 + "example"
"""The longest address there can be (RFC 5321 section 4.5.3.1), and a name that needs encoding."""


@dataclass(frozen=True)
class Preflight:
    """Measures what an installation is about to mail."""

    masthead: Masthead
    links: Links
    dkim: DkimKey | None
    clock: Callable[[], datetime]

    def standard(self, items: Collection[Item] = (), *, subscribed: bool = True) -> Standard:
        """Return what a mail of ours is measured against."""
        told = [words for item in items for words in _words(item)]
        hosts = {host_of(url) for item in items for url in _links(item)}
        return Standard(
            domain=self.masthead.domain.lower(),
            base_url=self.masthead.base_url,
            postal_address=self.masthead.postal_address,
            at=self.clock(),
            hosts=frozenset(hosts | {host_of(self.masthead.privacy_url)}),
            said=told,
            subscribed=subscribed,
            signer=self.links.signer,
            dkim=self.dkim,
        )

    def edition(
        self, prepared: Prepared, items: Sequence[Item], language: Language
    ) -> list[Finding]:
        """Measure an edition as somebody gets it whose name and address are as bad as can be."""
        now = self.clock()
        raw = prepared.join(self._reader(now, language), now)
        return check(raw, self.standard(items))

    def _reader(self, now: datetime, language: Language) -> Recipient:
        token = self.links.unsubscribe_token(_REFERENCE)
        mailbox = self.masthead.mailing_list.unsubscribe_mailbox
        https = self.links.unsubscribe_with(token)
        return Recipient(
            Mailbox(_NAME, _EMAIL),
            f"preflight@{self.masthead.domain}",
            letter.reader_values(
                _NAME,
                _EMAIL,
                date(2026, 9, 30),
                https,
                language,
                self.links.preferences_token(_REFERENCE, now.date()),
            ),
            Unsubscribe(https, f"mailto:{mailbox}?subject=unsubscribe%20{token}"),
        )


def _words(item: Item) -> list[str]:
    """Return what somebody else has written: it may look like anything."""
    told = [item.title, item.summary, item.image_alt, item.image_url, *_links(item)]
    match item.details:
        case Event():
            return [*told, item.details.place]
        case Job():
            return [*told, item.details.department, item.details.team, *item.details.locations]
    return told


def _links(item: Item) -> list[str]:
    online = item.details.online_url if isinstance(item.details, Event) else ""
    return [link for link in (item.url, online) if link]


def chosen(editions: Sequence[Content]) -> set[int]:
    """Return which of these editions to measure, by index.

    What can be wrong with one is wrong with its template or with one of its posts, first or
    further down. So of many editions those are left out that have nothing new in that respect.
    """
    if len(editions) <= FEW:
        return set(range(len(editions)))
    seen: set[tuple[str, int, bool]] = set()
    found = set()
    for number, edition in enumerate(editions):
        roles = {(edition.locale, item, place == 0) for place, item in enumerate(edition.items)}
        if not roles <= seen:
            seen |= roles
            found.add(number)
    return found


def distinct(findings: Iterable[Finding]) -> list[Finding]:
    """Return each finding once: editions share most of what can be wrong."""
    return list(dict.fromkeys(findings))


def conclude(findings: Iterable[Finding]) -> None:
    """Raise ConfigurationError if an error is among the findings; write warnings into the log."""
    told = distinct(findings)
    require_no_error(told)
    for one in told[:_TOLD]:
        log.warning("%s", one)


def require_no_error(findings: Iterable[Finding]) -> None:
    """Raise ConfigurationError if an error is among the findings."""
    errors = [str(one) for one in distinct(findings) if one.stops]
    if errors:
        more = [f"... and {len(errors) - _TOLD} more."] if len(errors) > _TOLD else []
        raise ConfigurationError(
            "\n".join(["The issue was not opened, and nobody was mailed.", *errors[:_TOLD], *more]),
            "Put that right, then look again: pinlabs-mailer lint",
        )
