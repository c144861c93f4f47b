"""The digest as a mail: an edition rendered once, with slots for each reader's own values."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import cache, lru_cache
from urllib.parse import urlsplit

from pinlabs_mailer import languages
from pinlabs_mailer.content.items import Item
from pinlabs_mailer.digest.draft import NO_WORDS, Words
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


def render(
    templates: MailTemplates,
    masthead: Masthead,
    key: str,
    day: date,
    posts: Sequence[Item],
    language: Language | None = None,
    words: Words = NO_WORDS,
) -> RenderedMail:
    """Return an edition with slots in it, or raise ConfigurationError if it may not be mailed."""
    language = language or languages.named()
    rendered = templates.render(
        "digest",
        {
            "brand": masthead.context(),
            "issue": {"title": language.day(day), "key": key, "intro": unmarked(words.intro)},
            "posts": [_shown(post) for post in posts],
            "recipient": {
                "greeting": slot(GREETING),
                "email": slot(EMAIL),
                "since": slot(SINCE),
            },
            "links": {
                "unsubscribe": slot(UNSUBSCRIBE),
                # the token alone is always one line, which needs no encoding
                "preferences": f"{masthead.base_url}/preferences/{slot(PREFERENCES)}",
            },
        },
        language,
    )
    if words.subject:
        rendered = replace(rendered, subject=clean(words.subject))
    for part, text in (("body.txt", rendered.text), ("body.html", rendered.html)):
        if slot(UNSUBSCRIBE) not in text:
            raise ConfigurationError(
                f"The digest's {part} has no unsubscribe link.",
                "Put {{ links.unsubscribe }} back into the template.",
            )
    if len(rendered.html.encode()) > _HTML_LIMIT:
        raise ConfigurationError(
            f"The digest's HTML is over {_HTML_LIMIT // 1000} kB, which Gmail would cut off.",
            "Lower PINLABS_MAX_POSTS, or make the template smaller.",
        )
    return rendered


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


def _shown(post: Item) -> dict[str, str]:
    shown = {
        "title": post.title,
        "url": post.url,
        "summary": post.summary,
        "image_url": post.image_url,
        "image_alt": post.image_alt,
        "host": urlsplit(post.url).hostname or "",
    }
    return {name: unmarked(value) for name, value in shown.items()}
