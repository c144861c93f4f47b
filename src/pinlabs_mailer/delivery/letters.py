"""From a row of the outbox to the bytes for one recipient.

What many recipients share is loaded and prepared once (`load`, with a connection); what is done
for each of them (`message`) is a join of bytes, and a signature where there is a key; it needs no
database, and several threads may do it at once.
"""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from functools import lru_cache
from urllib.parse import quote

from sqlalchemy import Connection, select

from pinlabs_mailer import topics
from pinlabs_mailer.community.address import envelope
from pinlabs_mailer.community.joining import REQUEST_LIVES
from pinlabs_mailer.db.tables import consent_event, edition, installation, issue, opt_in
from pinlabs_mailer.db.words import ConsentChange, DeliveryKind
from pinlabs_mailer.delivery.envelope import Envelope
from pinlabs_mailer.delivery.ledger import Outgoing
from pinlabs_mailer.digest import letter
from pinlabs_mailer.digest.issues import frozen_posts
from pinlabs_mailer.digest.letter import spoken
from pinlabs_mailer.links import Links
from pinlabs_mailer.mail.dkim import DkimKey
from pinlabs_mailer.mail.masthead import Masthead
from pinlabs_mailer.mail.message import Prepared, Recipient, Unsubscribe, prepare
from pinlabs_mailer.mail.slots import Encoded
from pinlabs_mailer.mail.templates import MailTemplates
from pinlabs_mailer.outbox.message_ids import message_id
from pinlabs_mailer.settings import Mailbox

KEPT = 2_048
"""Mails kept prepared: more than are ever under way at once."""
_EPOCH = date(1970, 1, 1).toordinal()
_NOTHING: dict[str, Encoded] = {}


@dataclass
class Letters:
    """Writes the mails of the outbox."""

    templates: MailTemplates
    masthead: Masthead
    links: Links
    zone: tzinfo
    only_to: str | None = None
    dkim: DkimKey | None = None

    def __post_init__(self) -> None:
        self._prepared: OrderedDict[tuple[str, int], Prepared] = OrderedDict()
        self._installation = ""
        self._sender = envelope(self.masthead.from_.address)
        self._domain = self.masthead.domain
        mailbox = quote(self.masthead.mailing_list.unsubscribe_mailbox, safe="@")  # RFC 6068
        self._mailto = f"mailto:{mailbox}?subject=unsubscribe%20"

    def load(self, connection: Connection, some: Iterable[Outgoing]) -> None:
        """Prepare whatever these deliveries need and is not prepared yet."""
        if not self._installation:
            self._installation = connection.execute(select(installation.c.name)).scalar_one()
        for key in dict.fromkeys(map(_key, some)):
            if key not in self._prepared:
                make = self._digest if key[0] == DeliveryKind.DIGEST else self._confirmation
                self._prepared[key] = make(connection, key[1])
            self._prepared.move_to_end(key)

    def forget(self, keep: int = KEPT) -> None:
        """Let go of what was prepared longest ago, once it is many."""
        while len(self._prepared) > keep:
            self._prepared.popitem(last=False)

    def message(self, outgoing: Outgoing, now: datetime) -> Envelope:
        """Return what goes over the wire for a delivery that was loaded."""
        prepared = self._prepared[_key(outgoing)]
        to = envelope(self.only_to or outgoing.email)
        name, values, unsubscribe = "", _NOTHING, None
        if outgoing.edition_id is not None:
            name = outgoing.name
            unsubscribe = self.unsubscribe(outgoing.reference)
            since = _day(outgoing.since)
            values = letter.reader_values(name, outgoing.email, since, unsubscribe.https)
        recipient = Recipient(Mailbox(name, to), self.message_id(outgoing.id), values, unsubscribe)
        return Envelope(self._sender, to, prepared.join(recipient, now), False)

    def message_id(self, delivery_id: int) -> str:
        """Return the Message-ID of a delivery, the same at every try (without the brackets)."""
        return message_id(delivery_id, self._installation, self._domain)

    def unsubscribe(self, reference: str) -> Unsubscribe:
        """Return both ways out for one subscriber."""
        token = self.links.unsubscribe_token(reference)
        return Unsubscribe(self.links.unsubscribe_with(token), self._mailto + token)

    def _digest(self, connection: Connection, edition_id: int) -> Prepared:
        found = connection.execute(
            select(edition.c.item_ids, issue.c.id, issue.c.key, issue.c.as_of)
            .join(issue)
            .where(edition.c.id == edition_id)
        ).one()
        posts = {post.id: post for post in frozen_posts(connection, found.id)}
        rendered = letter.render(
            self.templates,
            self.masthead,
            found.key,
            found.as_of.astimezone(self.zone).date(),
            [posts[item_id] for item_id in found.item_ids],
        )
        return letter.prepared(self.masthead, rendered, self.dkim)

    def _confirmation(self, connection: Connection, opt_in_id: int) -> Prepared:
        asked = connection.execute(select(opt_in).where(opt_in.c.id == opt_in_id)).one()
        source = connection.execute(
            select(consent_event.c.source)
            .where(consent_event.c.subscriber_id == asked.subscriber_id)
            .where(consent_event.c.change == ConsentChange.REQUESTED)
            .where(consent_event.c.at == asked.requested_at)
            .limit(1)
        ).scalar()
        when = asked.requested_at.astimezone(self.zone)
        rendered = self.templates.render(
            "confirm",
            {
                "brand": self.masthead.context(),
                "links": {"confirm": self.links.confirm(asked.reference)},
                "request": {
                    "topics": [t.title for t in topics.every(connection) if t.id in asked.topics],
                    "when": f"{spoken(when.date())} at {when:%H:%M %Z}",
                    "source": source or "",
                },
                "valid_days": REQUEST_LIVES.days,
            },
        )
        return prepare(
            rendered,
            from_=self.masthead.from_,
            reply_to=self.masthead.reply_to,
            dkim=self.dkim,
        )


def _day(moment: int | None) -> date | None:
    return None if moment is None else _date(moment // 86_400)


_date = lru_cache(maxsize=4096)(lambda days: date.fromordinal(_EPOCH + days))


def _key(outgoing: Outgoing) -> tuple[str, int]:
    return outgoing.kind, outgoing.edition_id or outgoing.opt_in_id or 0
