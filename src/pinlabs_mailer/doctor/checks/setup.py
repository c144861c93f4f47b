"""What must be set before anything can be sent, and whether the parts can be put together."""

from collections.abc import Iterator

from pinlabs_mailer.doctor.finding import Finding, Topic
from pinlabs_mailer.doctor.subject import Subject
from pinlabs_mailer.errors import ConfigurationError
from pinlabs_mailer.settings import required

SETTINGS = Topic("settings", "docs/settings.md")

_REQUIRED = ("from", "base_url", "smtp_url", "postal_address")


def check(subject: Subject) -> Iterator[Finding]:
    """Is everything there that an issue needs?"""
    app, settings = subject.app, subject.settings
    faults = []
    values = [settings.from_, settings.base_url, settings.smtp_url, settings.postal_address]
    for name, value in zip(_REQUIRED, values, strict=True):
        try:
            required(name, value)
        except ConfigurationError as error:
            faults.append(error)
    if not faults:
        for part in (lambda: app.templates, lambda: subject.signing_key, lambda: app.account):
            try:
                part()
            except ConfigurationError as error:
                faults.append(error)
    for fault in faults:
        yield SETTINGS.error(fault.what, fault.next_step, configuration=True)
    if not faults:
        yield SETTINGS.ok("All that an issue needs is set")
