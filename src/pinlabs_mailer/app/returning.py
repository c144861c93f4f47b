"""The parts that take what comes back, put together from the settings."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import URL, Engine

from pinlabs_mailer.community.address import envelope
from pinlabs_mailer.community.chain import Notary
from pinlabs_mailer.content.fetch import fetch
from pinlabs_mailer.delivery.envelope import Envelope
from pinlabs_mailer.delivery.single import send_one
from pinlabs_mailer.delivery.smtp import Account
from pinlabs_mailer.errors import BadInput, ConfigurationError
from pinlabs_mailer.feedback.forwarding import Forwarder
from pinlabs_mailer.feedback.intake.sns import Opener
from pinlabs_mailer.feedback.matching import Matcher
from pinlabs_mailer.feedback.ours import Ours
from pinlabs_mailer.feedback.taking import Taker
from pinlabs_mailer.outbox.replies import Reply
from pinlabs_mailer.outbox.return_paths import OF_NO_DELIVERY, ReturnPaths
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
    account: Account | None,
) -> Taker:
    """Return what takes reports on the mails of this installation. Without an account at a relay
    it forwards no letters."""
    domain = required("from", settings.from_).address.rpartition("@")[2]
    matcher = Matcher(signer, return_paths, domain)
    forwarder = None
    if account is not None:
        sender = return_paths.of(OF_NO_DELIVERY) if return_paths else ""
        to, ours = answers_to(settings), _ours(settings)
        forwarder = Forwarder(
            engine, clock, to, sender, ours, lambda *given: _send(account, *given)
        )
    staging = settings.only_to is not None
    return Taker(engine, matcher, notary, clock, staging, forwarder)


def answers_to(settings: Settings) -> str:
    """Return where a letter to us is read by people."""
    shown = settings.reply_to or required("from", settings.from_)
    return envelope(settings.only_to or shown.address)


def _ours(settings: Settings) -> Ours:
    sender = envelope(required("from", settings.from_).address).lower()
    named = filter(None, (settings.return_domain, settings.dkim_domain))
    domains = frozenset([sender.rpartition("@")[2], *named])
    return Ours(domains, settings.return_domain or "", sender)


def for_mailbox(taker: Taker, settings: Settings) -> Taker:
    """Return what takes the mails of the mailbox of the settings. It may be somebody's own, so only
    letters to us are forwarded. Where they would go to that very mailbox, they are there already
    and are left alone."""
    mailbox, to = settings.returns_imap_url, answers_to(settings)
    user = mailbox.username.lower() if mailbox else ""
    is_named = user in (to.lower(), to.lower().rpartition("@")[0])
    # without return paths what comes back comes to From, so that mailbox is the one that is read
    is_from = not settings.return_domain and not settings.reply_to and not settings.only_to
    if taker.forwarder is None or is_named or is_from:
        return replace(taker, forwarder=None)
    return replace(taker, forwarder=replace(taker.forwarder, only_to_us=True))


def _send(account: Account, sender: str, recipient: str, message: bytes) -> Reply:
    letter = Envelope(sender, recipient, message, is_eight_bit=not message.isascii())
    return asyncio.run(send_one(account, letter))


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
