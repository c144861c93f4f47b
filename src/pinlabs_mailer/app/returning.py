"""The parts that take what comes back, put together from the settings."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from sqlalchemy import URL, Engine

from pinlabs_mailer.community.chain import Notary
from pinlabs_mailer.content.fetch import fetch
from pinlabs_mailer.errors import BadInput, ConfigurationError
from pinlabs_mailer.feedback.intake.sns import Opener
from pinlabs_mailer.feedback.matching import Matcher
from pinlabs_mailer.feedback.taking import Taker
from pinlabs_mailer.outbox.return_paths import ReturnPaths
from pinlabs_mailer.settings import Settings, required
from pinlabs_mailer.tokens import Signer

_CERTIFICATE_BYTES, _SECONDS = 64_000, 10.0


def taker(
    settings: Settings,
    engine: Engine,
    signer: Signer,
    return_paths: ReturnPaths | None,
    notary: Notary,
    clock: Callable[[], datetime],
) -> Taker:
    """Return what takes reports on the mails of this installation."""
    domain = required("from", settings.from_).address.rpartition("@")[2]
    matcher = Matcher(signer, return_paths, domain)
    return Taker(engine, matcher, notary, clock, staging=settings.only_to is not None)


def aside(settings: Settings, database: URL) -> Path:
    """Return the Maildir for mail that is not understood, or raise ConfigurationError."""
    if settings.returns_aside is not None:
        return Path(settings.returns_aside)
    if database.get_backend_name() == "sqlite":
        return Path(str(database.database)).with_suffix(".returns")
    raise ConfigurationError(
        "PINLABS_RETURNS_ASIDE is not set, and a mail came back that is not understood.",
        "Set it to a folder that this user may write to: such mail is kept in it.",
    )


def opener(settings: Settings, clock: Callable[[], datetime]) -> Opener | None:
    """Return what opens the posts of Amazon SNS, if there is a topic."""
    return Opener(settings.ses_topic, _from_there, clock) if settings.ses_topic else None


def _from_there(url: str) -> bytes:
    """Return what is at an address on the public internet; a redirect elsewhere is refused."""
    fetched = fetch(url, max_bytes=_CERTIFICATE_BYTES, max_seconds=_SECONDS)
    if fetched.url != url:
        raise BadInput(f"{url[:100]} leads elsewhere.", "Nothing was done.")
    return fetched.body
