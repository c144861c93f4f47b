"""From a row of the outbox to the bytes for one recipient.

What many recipients share is loaded and prepared once (`load`, with a connection); what is done
for each of them (`message`) is a join of bytes, and a signature where there is a key; it needs no
database, and several threads may do it at once.
"""

from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache, partial
from typing import Any, NamedTuple
from urllib.parse import quote

from sqlalchemy import Connection, Row, select

from pinlabs_mailer import languages, topics
from pinlabs_mailer.community import consent, renewing
from pinlabs_mailer.community.address import envelope
from pinlabs_mailer.community.joining import REQUEST_LIVES
from pinlabs_mailer.community.wishes import LIVES, PURPOSES
from pinlabs_mailer.content.next_issue import Words
from pinlabs_mailer.db.tables import edition, installation, issue, opt_in, subscriber, wish
from pinlabs_mailer.db.words import Consent, DeliveryKind, WishKind
from pinlabs_mailer.delivery.envelope import Envelope
from pinlabs_mailer.delivery.ledger import Outgoing
from pinlabs_mailer.digest import letter
from pinlabs_mailer.digest.issues import frozen_posts
from pinlabs_mailer.languages import Language
from pinlabs_mailer.links import Links
from pinlabs_mailer.mail.dkim import DkimKey
from pinlabs_mailer.mail.masthead import Masthead
from pinlabs_mailer.mail.message import Prepared, Recipient, Unsubscribe, prepare
from pinlabs_mailer.mail.slots import Encoded
from pinlabs_mailer.mail.templates import MailTemplates
from pinlabs_mailer.outbox.message_ids import message_id
from pinlabs_mailer.outbox.return_paths import ReturnPaths
from pinlabs_mailer.settings import Mailbox

KEPT = 2_048
"""Mails kept prepared: more than are ever under way at once."""
_EPOCH = date(1970, 1, 1).toordinal()
_NOTHING: dict[str, Encoded] = {}


class _Ready(NamedTuple):
    """A mail that waits for its readers."""

    prepared: Prepared
    language: Language | None = None
    """Of an edition, in which each reader's own values are said."""
    elsewhere: str = ""
    """Where it goes if that is not the address on record."""


@dataclass
class Letters:
    """Writes the mails of the outbox."""

    templates: MailTemplates
    masthead: Masthead
    links: Links
    zone: tzinfo
    only_to: str | None = None
    dkim: DkimKey | None = None
    return_paths: ReturnPaths | None = None

    def __post_init__(self) -> None:
        self._ready: OrderedDict[tuple[str, int], _Ready] = OrderedDict()
        self._installation = ""
        self._sender = envelope(self.masthead.from_.address)
        self._domain = self.masthead.domain
        mailbox = quote(self.masthead.mailing_list.unsubscribe_mailbox, safe="@")  # RFC 6068
        self._mailto = f"mailto:{mailbox}?subject=unsubscribe%20"
        self._writers: dict[DeliveryKind, Callable[[Connection, int], _Ready]] = {
            DeliveryKind.DIGEST: self._digest,
            DeliveryKind.CONFIRM: self._confirmation,
            DeliveryKind.ALREADY: self._already,
            DeliveryKind.WELCOME: partial(self._digest, mail="welcome"),
            DeliveryKind.RENEWAL: self._renewal,
            DeliveryKind.LINK: self._link,
            DeliveryKind.NOTICE: self._notice,
        }

    def load(self, connection: Connection, some: Iterable[Outgoing]) -> None:
        """Prepare whatever these deliveries need and is not prepared yet."""
        if not self._installation:
            self._installation = connection.execute(select(installation.c.name)).scalar_one()
        for key in dict.fromkeys(map(_key, some)):
            if key not in self._ready:
                make = self._writers[DeliveryKind(key[0])]
                self._ready[key] = make(connection, key[1])
            self._ready.move_to_end(key)

    def forget(self, keep: int = KEPT) -> None:
        """Let go of what was prepared longest ago, once it is many."""
        while len(self._ready) > keep:
            self._ready.popitem(last=False)

    def message(self, outgoing: Outgoing, now: datetime) -> Envelope:
        """Return what goes over the wire for a delivery that was loaded."""
        prepared, language, elsewhere = self._ready[_key(outgoing)]
        name, values, unsubscribe = "", _NOTHING, None
        if language is not None:
            name = outgoing.name
            unsubscribe = self.unsubscribe(outgoing.reference)
            values = letter.reader_values(
                name,
                outgoing.email,
                _day(outgoing.since),
                unsubscribe.https,
                language,
                self.links.preferences_token(outgoing.reference, now.date()),
            )
        elif outgoing.kind == DeliveryKind.RENEWAL:
            unsubscribe = self.unsubscribe(outgoing.reference)
        to = envelope(self.only_to or elsewhere or outgoing.email)
        recipient = Recipient(Mailbox(name, to), self.message_id(outgoing.id), values, unsubscribe)
        paths = self.return_paths
        sender = paths.of(outgoing.id) if paths is not None else self._sender
        return Envelope(sender, to, prepared.join(recipient, now), False)

    def message_id(self, delivery_id: int) -> str:
        """Return the Message-ID of a delivery, the same at every try (without the brackets)."""
        return message_id(delivery_id, self._installation, self._domain)

    def unsubscribe(self, reference: str) -> Unsubscribe:
        """Return both ways out for one subscriber."""
        token = self.links.unsubscribe_token(reference)
        return Unsubscribe(self.links.unsubscribe_with(token), self._mailto + token)

    def _digest(self, connection: Connection, edition_id: int, mail: str = "digest") -> _Ready:
        found = connection.execute(
            select(
                edition.c.item_ids,
                edition.c.locale,
                edition.c.more_jobs,
                issue.c.id,
                issue.c.key,
                issue.c.as_of,
                issue.c.own_subject,
                issue.c.intro,
            )
            .join(issue)
            .where(edition.c.id == edition_id)
        ).one()
        language = languages.named(found.locale)
        posts = {post.id: post for post in frozen_posts(connection, found.id)}
        rendered = letter.render(
            self.templates,
            self.masthead,
            letter.Heading(
                found.key,
                found.as_of.astimezone(self.zone).date(),
                Words(found.own_subject, found.intro),
                self.links.view(edition_id),
                found.more_jobs,
            ),
            [posts[item_id] for item_id in found.item_ids],
            self.zone,
            language,
            mail,
        )
        return _Ready(letter.prepared(self.masthead, rendered, self.dkim), language)

    def _confirmation(self, connection: Connection, opt_in_id: int) -> _Ready:
        asked = self._asked(connection, opt_in_id)
        language = languages.named(asked.locale)
        links = {
            "confirm": self.links.confirm(asked.reference),
            "stop": self.links.stop(asked.reference),
        }
        request = self._request(connection, asked, asked.topics, language)
        context = {"links": links, "request": request, "valid_days": REQUEST_LIVES.days}
        return self._single("confirm", context, language)

    def _already(self, connection: Connection, opt_in_id: int) -> _Ready:
        asked = self._asked(connection, opt_in_id)
        language = languages.named(asked.locale)
        standing = consent.standing(connection, asked.subscriber_id)
        held = [one for one in standing if standing[one].status == Consent.CONFIRMED]
        links = {
            "preferences": self.links.preferences(asked.person, asked.requested_at.date()),
            "unsubscribe": self.links.unsubscribe(asked.person),
            "stop": self.links.stop(asked.reference),
        }
        request = self._request(connection, asked, held, language)
        return self._single("already", {"links": links, "request": request}, language)

    def _renewal(self, connection: Connection, delivery_id: int) -> _Ready:
        """Prepare a reminder. Nobody has asked for it, so it has the headers of the list."""
        told = renewing.told(connection, delivery_id)
        language = languages.named(told.locale)
        links = {
            "renew": self.links.renew(told.reference, told.created_at.date()),
            "unsubscribe": self.links.unsubscribe(told.reference),
        }
        context = {
            "brand": self.masthead.context(),
            "links": links,
            "topics": [one.title for one in topics.spoken(told.topics, language)],
            "email": told.email,
            "ends": language.day(told.ends_at.astimezone(self.zone).date()),
            "since": language.day(told.contact_at.astimezone(self.zone).date()),
        }
        rendered = self.templates.render("renewal", context, language)
        return _Ready(letter.prepared(self.masthead, rendered, self.dkim))

    def _link(self, connection: Connection, wish_id: int) -> _Ready:
        """The link for a wish; where it goes elsewhere than to the address on record is noted."""
        asked = self._wish(connection, wish_id)
        if asked.kind == WishKind.PREFERENCES:
            link = self.links.preferences(asked.person, asked.asked_at.date())
        else:
            link = self.links.wish(PURPOSES[WishKind(asked.kind)], asked.reference)
        language = languages.named(asked.locale)
        context = {
            "wish": asked.kind,
            "when": language.moment(asked.asked_at.astimezone(self.zone)),
            "links": {"act": link},
            "valid_hours": LIVES // timedelta(hours=1),
        }
        return self._single("link", context, language, asked.email)

    def _notice(self, connection: Connection, wish_id: int) -> _Ready:
        asked = self._wish(connection, wish_id)
        language = languages.named(asked.locale)
        when = language.moment(asked.asked_at.astimezone(self.zone))
        return self._single("notice", {"when": when}, language, asked.email)

    def _wish(self, connection: Connection, wish_id: int) -> Row[*tuple[Any, ...]]:
        return connection.execute(
            select(wish, subscriber.c.reference.label("person"), subscriber.c.locale)
            .join(subscriber)
            .where(wish.c.id == wish_id)
        ).one()

    def _asked(self, connection: Connection, opt_in_id: int) -> Row[*tuple[Any, ...]]:
        return connection.execute(
            select(opt_in, subscriber.c.reference.label("person"), subscriber.c.locale)
            .join(subscriber)
            .where(opt_in.c.id == opt_in_id)
        ).one()

    def _request(
        self,
        connection: Connection,
        asked: Row[*tuple[Any, ...]],
        some: Collection[int],
        language: Language,
    ) -> dict[str, object]:
        wanted = [topic for topic in topics.every(connection) if topic.id in some]
        return {
            "topics": [topic.title for topic in topics.spoken(wanted, language)],
            "when": language.moment(asked.requested_at.astimezone(self.zone)),
            "source": language.known(asked.source),
            "network": asked.network,
        }

    def _single(
        self, template: str, context: dict[str, object], language: Language, elsewhere: str = ""
    ) -> _Ready:
        """Prepare a mail that one person has caused. Nothing that a form brought stands in it."""
        prepared = prepare(
            self.templates.render(
                template, {"brand": self.masthead.context(), **context}, language
            ),
            from_=self.masthead.from_,
            reply_to=self.masthead.reply_to,
            dkim=self.dkim,
        )
        return _Ready(prepared, None, elsewhere)


def _day(moment: int | None) -> date | None:
    return None if moment is None else _date(moment // 86_400)


_date = lru_cache(maxsize=4096)(lambda days: date.fromordinal(_EPOCH + days))


def _key(outgoing: Outgoing) -> tuple[str, int]:
    of = outgoing.edition_id or outgoing.opt_in_id or outgoing.wish_id
    return outgoing.kind, of or outgoing.id
