"""What an installation is made of: settings become the parts, each put together once.

Parts that few commands use are imported when they are first needed: they take long.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from pinlabs_mailer import resources
from pinlabs_mailer.app.signing_key import signing_key
from pinlabs_mailer.community.address import envelope
from pinlabs_mailer.community.chain import Notary
from pinlabs_mailer.community.limits import Limits
from pinlabs_mailer.db import schema
from pinlabs_mailer.db.engine import open_engine
from pinlabs_mailer.delivery import pipeline
from pinlabs_mailer.delivery.letters import Letters
from pinlabs_mailer.delivery.pacing import Pacing
from pinlabs_mailer.delivery.pump import Pump
from pinlabs_mailer.delivery.recovery import DoubtPolicy
from pinlabs_mailer.delivery.retry import Backoff
from pinlabs_mailer.delivery.smtp import Account
from pinlabs_mailer.errors import ConfigurationError
from pinlabs_mailer.links import Hooks, Links
from pinlabs_mailer.mail.accent import accent
from pinlabs_mailer.mail.dkim import DkimKey
from pinlabs_mailer.mail.masthead import Masthead
from pinlabs_mailer.mail.message import MailingList
from pinlabs_mailer.mail.templates import MailTemplates
from pinlabs_mailer.outbox.return_paths import ReturnPaths
from pinlabs_mailer.settings import Mailbox, Settings, required, secret_keys
from pinlabs_mailer.tokens import Signer

if TYPE_CHECKING:
    from pinlabs_mailer.app.gathering import Gatherer
    from pinlabs_mailer.app.preflight import Preflight
    from pinlabs_mailer.feedback.intake.sns import Opener
    from pinlabs_mailer.feedback.taking import Taker


@dataclass
class Parts:
    """One installation. Parts are made when they are first needed, so that a command asks only
    for the settings that it uses."""

    settings: Settings
    clock: Callable[[], datetime]

    def close(self) -> None:
        """Let go of the database's connections."""
        self.bare_engine.dispose()

    @cached_property
    def engine(self) -> Engine:
        """The database, on the schema of this code."""
        engine = self.bare_engine
        schema.require_current(engine)
        return engine

    @cached_property
    def bare_engine(self) -> Engine:
        """The database as it is, for the commands that bring it up to date."""
        return open_engine(self.settings.database_url)

    @cached_property
    def templates(self) -> MailTemplates:
        """The mails' templates."""
        own = self.own_templates
        return MailTemplates(resources.directory("templates") / "email", own and own / "email")

    @cached_property
    def own_templates(self) -> Path | None:
        """The operator's folder of templates, searched before ours."""
        if self.settings.templates is None:
            return None
        folder = Path(self.settings.templates)
        if not folder.is_dir():
            raise ConfigurationError(
                f"PINLABS_TEMPLATES names {folder}, which is no folder.",
                "Name a folder with web/ or email/ in it, or leave the setting out.",
            )
        return folder

    @cached_property
    def signer(self) -> Signer:
        """What signs and reads tokens."""
        return Signer(self._secret_keys)

    @cached_property
    def links(self) -> Links:
        """The addresses of our pages, with tokens in them."""
        return Links(required("base_url", self.settings.base_url), self.signer)

    @cached_property
    def notary(self) -> Notary:
        """What chains the consent record."""
        return Notary(self._secret_keys, self.settings.consent_network)

    @cached_property
    def limits(self) -> Limits:
        """How many mails sign-ups may cause."""
        settings = self.settings
        return Limits(
            self.signer.hide,
            settings.join_ceiling,
            settings.join_per_domain,
            settings.join_per_network,
        )

    @cached_property
    def _secret_keys(self) -> tuple[str, ...]:
        url = self.bare_engine.url
        file = Path(str(url.database)) if url.get_backend_name() == "sqlite" else None
        return secret_keys(self.settings.secret_keys, file)

    @cached_property
    def masthead(self) -> Masthead:
        """Who the mails come from."""
        settings = self.settings
        from_ = required("from", settings.from_)
        from_ = from_._replace(address=envelope(from_.address))
        domain = from_.address.rpartition("@")[2]
        base_url = required("base_url", settings.base_url)
        name = settings.brand_name or from_.name or domain
        list_id = settings.list_id or f"newsletter.{domain}"
        return Masthead(
            name=name,
            base_url=base_url,
            join_url=f"{base_url}/join",
            from_=from_,
            reply_to=_for_headers(settings.reply_to),
            postal_address=settings.postal_address or "",
            privacy_url=settings.privacy_url or "",
            accent=accent(settings.brand_color),
            logo_url=f"{base_url}/static/logo" if settings.brand_logo else "",
            mailing_list=MailingList(
                list_id=list_id,
                name=name,
                feedback_id=feedback_id(domain),
                unsubscribe_mailbox=envelope(settings.unsubscribe_mailbox or from_.address),
            ),
        )

    @cached_property
    def letters(self) -> Letters:
        """Writes the mails of the outbox."""
        return Letters(
            self.templates,
            self.masthead,
            self.links,
            self.settings.timezone,
            only_to=self.settings.only_to,
            dkim=self.dkim,
            return_paths=self.return_paths,
        )

    @cached_property
    def return_paths(self) -> ReturnPaths | None:
        """Where mail comes back to, if this installation has a domain for that."""
        domain = self.settings.return_domain
        return ReturnPaths(domain, self.signer) if domain else None

    @cached_property
    def taker(self) -> "Taker":
        """Takes what comes back."""
        from pinlabs_mailer.app import returning

        return returning.taker(
            self.settings,
            self.engine,
            self.signer,
            self.return_paths,
            self.notary,
            self.clock,
            self.account if self.settings.smtp_url else None,
        )

    @property
    def mailbox_taker(self) -> "Taker":
        """Takes what comes back to the mailbox that is read by IMAP."""
        from pinlabs_mailer.app import returning

        return returning.for_mailbox(self.taker, self.settings)

    @cached_property
    def hooks(self) -> Hooks:
        """Where providers post to."""
        return Hooks(self.signer)

    @cached_property
    def sns(self) -> "Opener | None":
        """Opens what Amazon posts, if this installation sends through it."""
        from pinlabs_mailer.app import returning

        return returning.opener(self.settings, self.clock)

    @property
    def returns_aside(self) -> Path:
        """The Maildir for mail that came by a pipe and was not understood."""
        from pinlabs_mailer.app import returning

        return returning.aside(self.settings, self.bare_engine.url)

    @cached_property
    def dkim(self) -> DkimKey | None:
        """What mail is signed with, if this installation signs."""
        return signing_key(self.settings, self.masthead.from_.address)

    @cached_property
    def preflight(self) -> "Preflight":
        """Measures mails before they go out."""
        from pinlabs_mailer.app.preflight import Preflight

        return Preflight(self.masthead, self.links, self.dkim, self.clock)

    @cached_property
    def account(self) -> Account:
        """How to reach the relay."""
        settings = self.settings
        limits = pipeline.Limits(
            settings.smtp_timeout.total_seconds(),
            settings.smtp_final_timeout.total_seconds(),
            settings.smtp_messages,
            settings.smtp_age.total_seconds(),
        )
        relay = required("smtp_url", settings.smtp_url)
        return Account(relay, settings.smtp_helo, settings.smtp_ca, limits)

    @cached_property
    def pump(self) -> Pump:
        """Delivers what is due."""
        settings = self.settings
        return Pump(
            engine=self.engine,
            letters=self.letters,
            account=self.account,
            connections=settings.smtp_connections,
            backoff=Backoff(settings.retry_after, random.random),
            doubt=DoubtPolicy(settings.on_doubt == "resend", settings.doubt_after),
            pacing=Pacing(
                settings.rate, settings.destination_rates or {}, settings.destinations or {}
            ),
            clock=self.clock,
        )

    @cached_property
    def gatherer(self) -> "Gatherer":
        """What fetches from the sources."""
        from pinlabs_mailer.app.gathering import Gatherer

        settings = self.settings
        return Gatherer(self.engine, self.clock, settings.timezone, settings.fetch_private)


def _for_headers(mailbox: Mailbox | None) -> Mailbox | None:
    return mailbox._replace(address=envelope(mailbox.address)) if mailbox else None


def feedback_id(domain: str) -> str:
    """Return the Feedback-ID: constant for the stream, no field like another, and the last one,
    which names the sender, of 5 to 15 signs (item M18)."""
    sender = "".join(c for c in domain if c.isalnum())[:15].ljust(5, "0")
    return f"digest:news:{sender}"
