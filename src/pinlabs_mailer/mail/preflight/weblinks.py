"""Items M29 and M30, links: where they lead and what they say."""

import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import urlsplit

from pinlabs_mailer.mail.preflight.finding import Fault, Severity, rule
from pinlabs_mailer.mail.preflight.printable import shown
from pinlabs_mailer.mail.preflight.reading import Mail
from pinlabs_mailer.mail.preflight.standard import Standard, host_of

_SHORTENERS = frozenset(
    {
        "bit.ly", "buff.ly", "cutt.ly", "goo.gl", "is.gd", "lnkd.in", "ow.ly", "rb.gy",
        "rebrand.ly", "shorturl.at", "t.co", "t.ly", "tiny.cc", "tinyurl.com", "v.gd",
    }
)  # fmt: skip
_WEB, _OTHER = ("https", "http"), ("mailto", "tel")
_ADDRESS_IN_WORDS = re.compile(r"(?:https?://|www\.)[^\s/]{1,255}", re.IGNORECASE)
_EMPTY_WORDS = frozenset(
    {"click here", "here", "click", "link", "this link", "hier", "hier klicken", "klicken sie hier"}
)
_HOST = re.compile(r"https?://([^\s/\"'<>?#:@]{1,255})", re.IGNORECASE)
_TOGETHER = (
    frozenset({"LATIN", "CJK", "HIRAGANA", "KATAKANA"}),
    frozenset({"LATIN", "CJK", "BOPOMOFO"}),
    frozenset({"LATIN", "CJK", "HANGUL"}),
)
"""Scripts that UTS #39, section 5.2, lets stand together at the level "highly restrictive"."""


def scheme(url: str) -> str:
    """Return the scheme of an address in lower case, or ""."""
    try:
        return urlsplit(url).scheme.lower()
    except ValueError:
        return ""


@rule("M29", Severity.ERROR, "Write the whole address: https://...")
def link_absolute(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """Every link leads to the web, a mailbox or a telephone; none is relative or javascript:."""
    for one in mail.page.links:
        named = scheme(one.url)
        if named not in (*_WEB, *_OTHER) or (named in _WEB and not host_of(one.url)):
            yield Fault(one.place, f"It leads nowhere from a mail: {shown(one.url) or 'nothing'}")


@rule("M29", Severity.WARNING, "Use https, at the source if it is the link of a post.")
def link_https(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """Every link is https."""
    for one in mail.page.links:
        if scheme(one.url) == "http" and not standard.is_rehearsal(one.url):
            yield Fault(one.place, "It is http.")


@rule("M29", Severity.WARNING, "Use the name of the site, without port and login.")
def link_plain(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """No link has a port, a user name or a number in place of its host's name."""
    for one in mail.page.links:
        if scheme(one.url) not in _WEB or standard.is_rehearsal(one.url):
            continue
        try:
            parts = urlsplit(one.url)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            yield Fault(one.place, "Its host or port is none.")
            continue
        if port is not None:
            yield Fault(one.place, f"It has the port {port}.")
        if parts.username is not None:
            yield Fault(one.place, "It has a user name in it.")
        if ":" in host or re.fullmatch(r"[\d.]+|0x[\da-f.x]+", host):
            yield Fault(one.place, "Its host is a number.")


@rule("M29", Severity.WARNING, "Link to the page itself.")
def link_shortened(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """No link goes through a shortener, which spammers hide behind."""
    for one in mail.page.links:
        if host_of(one.url).removeprefix("www.") in _SHORTENERS:
            yield Fault(one.place, f"{host_of(one.url)} is a shortener.")


@rule("M29", Severity.WARNING, "Take it out, or link to your own site, where it can lead on.")
def link_host(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """Links lead to our pages, our domain, or the sites of what the mail tells of."""
    if standard.hosts is None:
        return
    for one in mail.page.links:
        host = host_of(one.url)
        known = not host or standard.is_ours(host) or host in standard.hosts
        if scheme(one.url) in _WEB and not known:
            yield Fault(one.place, f"{shown(host)} is not a site that this mail is about.")


@rule("M26", Severity.WARNING, "Let words that look like an address be the address it leads to.")
def link_honest(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """What reads like an address leads there."""
    for one in mail.page.links:
        match = _ADDRESS_IN_WORDS.match(one.words)
        if match is None or scheme(one.url) not in _WEB:
            continue
        said = host_of(match[0] if "//" in match[0] else f"https://{match[0]}")
        if said.removeprefix("www.") != host_of(one.url).removeprefix("www."):
            yield Fault(one.place, f"It says {shown(said)}.")


@rule("M26", Severity.WARNING, "Say on the link where it leads.")
def link_words(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """Every link has words, or a picture with an alt text, that say where it leads."""
    for one in mail.page.links:
        if not one.words:
            yield Fault(one.place, "It has no words.")
        elif one.words.lower().strip(" .:!>»") in _EMPTY_WORDS:
            yield Fault(one.place, f"Its words say nothing: {shown(one.words)}")


@rule("M30", Severity.ERROR, "Use a name in one script.")
def host_scripts(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """No name of a host mixes scripts (UTS #39 section 5.2, "highly restrictive")."""
    hosts = {mail.sender_domain: "header From"}
    for one in mail.page.links:
        hosts.setdefault(host_of(one.url), one.place)
    for match, _ in zip(_HOST.finditer(mail.text), range(500), strict=False):
        hosts.setdefault(match[1].lower(), "text part")
    for host, place in hosts.items():
        for label in host.split("."):
            if not _restrained(_unicode(label)):
                yield Fault(place, f"{shown(label)} in {shown(host)} mixes scripts.")


def _unicode(label: str) -> str:
    if not label.startswith("xn--") or len(label) > 63:
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except ValueError:
        return label


def _restrained(label: str) -> bool:
    scripts = {unicodedata.name(sign, "?").split()[0] for sign in label if sign.isalpha()}
    return len(scripts) <= 1 or any(scripts <= allowed for allowed in _TOGETHER)


RULES = (
    link_absolute,
    link_https,
    link_plain,
    link_shortened,
    link_host,
    link_honest,
    link_words,
    host_scripts,
)
