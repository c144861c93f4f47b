"""Lint: the next digest and every other mail measured on demand, or a mail that somebody has."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from pinlabs_mailer.app import spam_filter, specimens
from pinlabs_mailer.app.installation import App
from pinlabs_mailer.app.signing_key import signing_key
from pinlabs_mailer.community.address import envelope
from pinlabs_mailer.mail.preflight import Finding, SpamScore, Standard, check
from pinlabs_mailer.settings import Settings


class Linted(NamedTuple):
    """A mail that was measured."""

    name: str
    findings: list[Finding]
    spam: SpamScore | None

    @property
    def errors(self) -> int:
        """How many findings would stop an issue."""
        return sum(one.stops for one in self.findings)

    def document(self) -> dict[str, object]:
        """Return it as JSON has it."""
        return {
            "mail": self.name,
            "errors": self.errors,
            "warnings": len(self.findings) - self.errors,
            "spam_score": self.spam.score if self.spam else None,
            "findings": [one.document() for one in self.findings],
        }


def own(app: App, at: datetime) -> Iterator[Linted]:
    """Measure the next digest and the other mails.

    The spam filter takes seconds, so it is asked about the first digest and confirmation only.
    """
    asked = {"digest", "confirm"}
    for one in (*specimens.digests(app, at), *specimens.others(app, at)):
        kind = one.name.split()[0]
        yield _linted(one.name, one.raw, one.standard, ask_filter=kind in asked)
        asked -= {kind}


def file(settings: Settings, name: str, raw: bytes) -> Linted:
    """Measure a mail that came from somewhere, by what the settings say of us.

    Where it leads and when it was sent is not asked. Lines that all end by LF alone are how Unix
    keeps a mail; they are taken as CRLF.
    """
    if b"\r\n" not in raw:
        raw = raw.replace(b"\n", b"\r\n")
    return _linted(name, raw, known(settings), ask_filter=True)


def known(settings: Settings) -> Standard:
    """Return what the settings alone say of our mails."""
    from_ = envelope(settings.from_.address) if settings.from_ else None
    return Standard(
        domain=from_.rpartition("@")[2].lower() if from_ else None,
        base_url=settings.base_url,
        postal_address=settings.postal_address,
        dkim=signing_key(settings, from_) if from_ else None,
    )


def _linted(name: str, raw: bytes, standard: Standard, *, ask_filter: bool) -> Linted:
    spam = spam_filter.score(raw) if ask_filter else None
    return Linted(name, check(raw, replace(standard, spam=spam)), spam)
