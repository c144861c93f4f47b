"""The digest as a mail: an edition rendered once, with slots for each reader's own values."""

from collections.abc import Sequence
from datetime import date, tzinfo
from functools import cache, lru_cache
from typing import NamedTuple

from pinlabs_mailer import languages
from pinlabs_mailer.content.items import Item
from pinlabs_mailer.content.next_issue import Words
from pinlabs_mailer.digest import showing
from pinlabs_mailer.digest.draft import NO_WORDS
from pinlabs_mailer.digest.showing import Telling
from pinlabs_mailer.errors import ConfigurationError
from pinlabs_mailer.languages import Language, marked
from pinlabs_mailer.mail.dkim import DkimKey
from pinlabs_mailer.mail.masthead import Masthead
from pinlabs_mailer.mail.message import Prepared, prepare
from pinlabs_mailer.mail.slots import Encoded, clean, encode, slot, unmarked
from pinlabs_mailer.mail.templates import MailTemplates, RenderedMail

GREETING, EMAIL, SINCE = "recipient.greeting", "recipient.email", "recipient.since"
UNSUBSCRIBE, PREFERENCES = "links.unsubscribe", "links.preferences"
_HTML_LIMIT = 100_000
"""Gmail cuts a mail at about 102 kB, and with it the unsubscribe link (item M27)."""


class Heading(NamedTuple):
    """What an edition says besides its items."""

    key: str
    day: date
    words: Words = NO_WORDS
    view_url: str | None = ""
    """The same to read in a browser. "" is the issue's page in the archive; None: there is none."""
    more_jobs: int = 0
    """How many more are open than are shown."""


def render(
    templates: MailTemplates,
    masthead: Masthead,
    heading: Heading,
    items: Sequence[Item],
    zone: tzinfo,
    language: Language | None = None,
    mail: str = "digest",
) -> RenderedMail:
    """Return an edition with slots in it, or raise ConfigurationError if it may not be mailed."""
    language = language or languages.named()
    telling = Telling(language, zone, masthead.base_url)
    rendered = templates.render(
        mail,
        {
            "brand": masthead.context(),
            "issue": {
                "title": language.day(heading.day),
                "key": heading.key,
                "subject": clean(heading.words.subject),
                "intro": unmarked(heading.words.intro),
                "counts": showing.counts(items, language),
            },
            "sections": showing.sections(items, telling, heading.more_jobs),
            "recipient": {
                "greeting": slot(GREETING),
                "email": slot(EMAIL),
                "since": slot(SINCE),
            },
            "links": {
                "unsubscribe": slot(UNSUBSCRIBE),
                # the token alone is always one line, which needs no encoding
                "preferences": f"{masthead.base_url}/preferences/{slot(PREFERENCES)}",
                "view": _view_url(masthead, heading),
            },
        },
        language,
    )
    for part, text in (("body.txt", rendered.text), ("body.html", rendered.html)):
        if slot(UNSUBSCRIBE) not in text:
            raise ConfigurationError(
                f"The {part} of the mail {mail!r} has no unsubscribe link.",
                "Put {{ links.unsubscribe }} back into the template.",
            )
    if len(rendered.html.encode()) > _HTML_LIMIT:
        raise ConfigurationError(
            f"The HTML of the mail {mail!r} is over {_HTML_LIMIT // 1000} kB: Gmail would cut it.",
            "Lower PINLABS_MAX_POSTS, or make the template smaller.",
        )
    return rendered


def _view_url(masthead: Masthead, heading: Heading) -> str:
    if heading.view_url is None:
        return ""
    return heading.view_url or f"{masthead.base_url}/archive/{heading.key}"


def prepared(masthead: Masthead, rendered: RenderedMail, dkim: DkimKey | None = None) -> Prepared:
    """Return the edition as bytes that wait for each reader's values, and then are signed."""
    return prepare(
        rendered,
        from_=masthead.from_,
        reply_to=masthead.reply_to,
        mailing_list=masthead.mailing_list,
        dkim=dkim,
    )


def reader_values(
    name: str,
    email: str,
    since: date | None,
    unsubscribe: str,
    language: Language | None = None,
    preferences: str = "",
) -> dict[str, Encoded]:
    """Return what stands in the slots for one reader, in the language of their edition.

    `preferences` is the token of that link, `unsubscribe` the whole of the other.
    """
    code = language.code if language else languages.SOURCE
    named, unnamed = _hello(code)
    return {
        GREETING: encode(named % {"name": name}) if name else unnamed,
        EMAIL: encode(email),
        SINCE: _since(since, code),
        UNSUBSCRIBE: encode(unsubscribe),
        PREFERENCES: encode(preferences),
    }


@cache
def _hello(code: str) -> tuple[str, Encoded]:
    """Return the greeting of somebody with a name, which goes into it, and of anybody."""
    language = languages.named(code)
    return language.known(marked("Hello %(name)s,")), encode(language.gettext("Hello,"))


@lru_cache(maxsize=4096)
def _since(day: date | None, code: str) -> Encoded:
    language = languages.named(code)
    return encode(language.day(day) if day else language.gettext("our list"))
