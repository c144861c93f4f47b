"""The checks that a row must pass: from what it states to a person that may be taken in. Pure.

What decides about consent must be right, else the row is refused. A name, language or time zone
that cannot be taken is left out and noted: for that nobody's withdrawal must get lost.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from pinlabs_mailer.community.address import Address, clean_name
from pinlabs_mailer.community.details import parse_locale, parse_timezone
from pinlabs_mailer.community.plain_address import parse_quickly
from pinlabs_mailer.content.dates import from_iso
from pinlabs_mailer.db.words import Consent, Frequency, SuppressionReason
from pinlabs_mailer.errors import BadInput
from pinlabs_mailer.transfer.stated import Stated

_LONGEST_EVIDENCE = 4_000
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_STATUSES: Mapping[str, Consent | None] = {one.value: one for one in Consent} | {"none": None}
_REASONS = {
    one.value: one
    for one in (SuppressionReason.BOUNCE, SuppressionReason.COMPLAINT, SuppressionReason.MANUAL)
}


class Person(NamedTuple):
    """Somebody whom a row asks us to take in, and as what."""

    line: int
    address: Address
    status: Consent | None
    """None: no subscription, only the suppression."""
    topics: tuple[int, ...] = ()
    frequency: Frequency | None = None
    consented_at: datetime | None = None
    evidence: str = ""
    withdrawn_at: datetime | None = None
    suppressed: SuppressionReason | None = None
    note: str = ""
    name: str = ""
    locale: str = ""
    timezone: str = ""
    remarks: tuple[str, ...] = ()
    """What of the row was not taken."""


@dataclass(frozen=True)
class Terms:
    """What holds for all rows of an import."""

    now: datetime
    topics: Mapping[str, int]
    """The id of every topic that is not retired, by slug."""
    default_topics: tuple[str, ...]
    """Those of a row that names none."""
    evidence: str = ""
    """Of rows that have a date of consent and no evidence of their own."""
    _known: dict[str, tuple[int, ...]] = field(default_factory=dict)

    def topic_ids(self, raw: str) -> tuple[int, ...]:
        """Return the topics in a cell; what comes again and again is looked up once."""
        found = self._known.get(raw)
        if found is None:
            found = self._known.setdefault(raw, self._look_up(raw))
        return found

    def _look_up(self, raw: str) -> tuple[int, ...]:
        slugs = [part.strip().lower() for part in raw.split(";") if part.strip()]
        missing = [slug for slug in slugs if slug not in self.topics]
        if missing:
            raise BadInput(f"there is no topic {missing[0][:40]!a}, or it is retired")
        return tuple(dict.fromkeys(self.topics[slug] for slug in slugs or self.default_topics))


def check(stated: Stated, line: int, terms: Terms) -> Person:
    """Return the person that a row states, or raise BadInput saying why it is refused."""
    address = parse_quickly(stated.email)
    consented_at = _moment("consented_at", stated.consented_at, terms.now)
    withdrawn_at = _moment("withdrawn_at", stated.withdrawn_at, terms.now)
    evidence = _evidence(stated.evidence.strip() or (consented_at and terms.evidence) or "")
    remarks: list[str] = []
    status = _status(stated.status, consented_at, evidence, remarks)
    name = _detail(clean_name, stated.name, remarks)
    locale = _detail(_locale, stated.locale, remarks)
    timezone = _detail(_timezone, stated.timezone, remarks)
    return Person(
        line=line,
        address=address,
        status=status,
        topics=terms.topic_ids(stated.topics),
        frequency=_frequency(stated.frequency),
        consented_at=consented_at,
        evidence=evidence,
        withdrawn_at=withdrawn_at,
        suppressed=_suppression(stated.suppressed) if stated.suppressed else None,
        note=_evidence(stated.note) if stated.note else "",
        name=name,
        locale=locale,
        timezone=timezone,
        remarks=tuple(remarks),
    )


def _moment(name: str, raw: str, now: datetime) -> datetime | None:
    if not raw or raw.isspace():
        return None
    moment = from_iso(raw)
    if moment is None:
        raise BadInput(f"{name} {raw[:40]!a} is no moment in ISO 8601")
    if moment > now:
        raise BadInput(f"{name} {raw[:40]!a} is in the future")
    return moment


def _evidence(text: str) -> str:
    if len(text) > _LONGEST_EVIDENCE:
        raise BadInput(f"the evidence has more than {_LONGEST_EVIDENCE} characters")
    if not text.isprintable() and _CONTROLS.search(text):
        raise BadInput("the evidence has control characters in it")
    return text


def _status(
    word: str, consented_at: datetime | None, evidence: str, remarks: list[str]
) -> Consent | None:
    word = word.strip().lower()
    if word and word not in _STATUSES:
        raise BadInput(f"status {word[:40]!a} is none of {', '.join(_STATUSES)}")
    if word not in ("", Consent.CONFIRMED):
        return _STATUSES[word]
    if consented_at and evidence:
        return Consent.CONFIRMED
    if word or consented_at or evidence:
        given = {"consented_at": consented_at, "evidence": evidence}
        missing = " and no ".join(name for name, value in given.items() if not value)
        remarks.append(f"pending: no {missing}")
    return Consent.PENDING


@lru_cache(maxsize=1_000)  # few words, again and again
def _frequency(word: str) -> Frequency | None:
    word = word.strip().lower()
    if not word:
        return None
    try:
        return Frequency(word)
    except ValueError as error:
        raise BadInput(f"frequency {word[:40]!a} is none of {', '.join(Frequency)}") from error


def _suppression(word: str) -> SuppressionReason | None:
    word = word.strip().lower()
    if word and word not in _REASONS:
        raise BadInput(f"suppressed {word[:40]!a} is none of {', '.join(_REASONS)}")
    return _REASONS.get(word)


@lru_cache(maxsize=1_000)
def _locale(raw: str) -> str:
    return parse_locale(raw.strip()) if raw.strip() else ""


@lru_cache(maxsize=1_000)
def _timezone(raw: str) -> str:
    return parse_timezone(raw.strip())


def _detail(parse: Callable[[str], str], raw: str, remarks: list[str]) -> str:
    if not raw:
        return ""
    try:
        return parse(raw)
    except BadInput as error:
        remarks.append(f"left out: {error.what}")
        return ""
