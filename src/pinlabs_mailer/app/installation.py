"""The composition root: an installation, and the issues that it opens."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, select

from pinlabs_mailer import languages
from pinlabs_mailer.app.parts import Parts
from pinlabs_mailer.content import posts
from pinlabs_mailer.content.items import Item
from pinlabs_mailer.content.next_issue import Words
from pinlabs_mailer.db.engine import reading
from pinlabs_mailer.db.tables import installation
from pinlabs_mailer.db.words import ItemKind
from pinlabs_mailer.digest import editions, issues, letter, schedule
from pinlabs_mailer.digest.draft import NO_WORDS, Draft, Terms, draft
from pinlabs_mailer.digest.issues import Issue
from pinlabs_mailer.digest.schedule import Slot
from pinlabs_mailer.languages import Language
from pinlabs_mailer.mail.templates import RenderedMail
from pinlabs_mailer.settings import required

if TYPE_CHECKING:
    from pinlabs_mailer.mail.preflight import Finding


class App(Parts):
    """One installation: its parts, and the issues that it opens."""

    def due_slot(self, now: datetime) -> Slot | None:
        """Return the slot that is due at this moment."""
        with reading(self.engine) as connection:
            since = connection.execute(select(installation.c.created_at)).scalar_one()
        return schedule.due(self.settings.schedule, self.settings.timezone, since, now)

    def terms(self, now: datetime) -> Terms:
        """Return what bounds an issue opened with the content of this moment."""
        settings = self.settings
        room = {
            ItemKind.POST: settings.max_posts,
            ItemKind.EVENT: settings.max_events,
            ItemKind.JOB: settings.max_jobs,
        }
        return Terms(now, self.clock(), settings.timezone, room, settings.min_items)

    def candidates(self, now: datetime) -> Callable[[Connection], list[Item]]:
        """Return what finds the items that an issue of this moment may have."""
        return lambda connection: posts.candidates(connection, now - self.settings.max_age, now)

    def draft(self, now: datetime) -> Draft:
        """Return who would get what at this moment."""
        with reading(self.engine) as connection:
            return draft(connection, self.terms(now), self.candidates(now)(connection))

    def open_due(self, now: datetime) -> Issue | None:
        """Open the issue that is due, if any, and finish planning what was interrupted.

        The sources are fetched before, once an issue is to be opened: what they say now counts.
        """
        required("postal_address", self.settings.postal_address)
        with reading(self.engine) as connection:
            pending = issues.unfinished(connection)
        for one in pending:
            self._open(one.key, one.as_of)
        slot = self.due_slot(now)
        if slot is None:
            return None
        with reading(self.engine) as connection:
            is_new = issues.by_key(connection, slot.key) is None
        if is_new:
            self.gatherer.refresh()
        return self._open(slot.key, now)

    def _open(self, key: str, now: datetime) -> Issue:
        return issues.open_issue(
            self.engine,
            key,
            self.terms(now),
            self.candidates(now),
            lambda drawn: self._rendered_subject(key, drawn),
        )

    def _rendered_subject(self, key: str, drawn: Draft) -> str:
        """Render editions and measure them, so that a fault mails nobody."""
        from pinlabs_mailer.app import preflight  # it takes long, and few commands open an issue

        subject, findings = self.rehearse(key, drawn)
        preflight.conclude(findings)
        return subject

    def rehearse(self, key: str, drawn: Draft) -> "tuple[str, list[Finding]]":
        """Render editions as they would be mailed; return the subject of the first, and what
        preflight finds in them."""
        from pinlabs_mailer.app import preflight

        subjects, findings = [], []
        tried = editions.to_try_out(drawn)
        measured = preflight.chosen(tried)
        for number, edition in enumerate(tried):
            language, items = languages.named(edition.locale), drawn.posts_of(edition)
            rendered = self.render(
                key, drawn.terms.as_of, items, language, drawn.words, edition.more_jobs
            )
            prepared = letter.prepared(self.masthead, rendered, self.dkim)
            if number in measured:
                findings += self.preflight.edition(prepared, items, language)
            subjects.append(rendered.subject)
        return (subjects[0] if subjects else ""), findings

    def render(
        self,
        key: str,
        as_of: datetime,
        some: list[Item],
        language: Language,
        words: Words = NO_WORDS,
        more_jobs: int = 0,
        view_url: str | None = "",
    ) -> RenderedMail:
        """Return an edition as text and HTML, with slots for the reader's own values."""
        day = as_of.astimezone(self.settings.timezone).date()
        heading = letter.Heading(key, day, words, view_url, more_jobs)
        return letter.render(
            self.templates, self.masthead, heading, some, self.settings.timezone, language
        )
