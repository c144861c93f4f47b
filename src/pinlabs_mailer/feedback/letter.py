"""A mail that came back, with what all its readers ask for: its sender, subject, words. Pure."""

import html
import re
from dataclasses import dataclass
from functools import cached_property

from pinlabs_mailer.feedback import addresses
from pinlabs_mailer.feedback.part import Fields, Part, parse

_MOST = 24_000
_LINE = 400
_BANNER_LENGTH = 160
_SOME = 20
"""Signs that a text has before a copy may begin: some begin with the word for one."""
_UNSEEN = (("<!--", "-->"), ("<script", "</script"), ("<style", "</style"), ("<head", "</head"))
_BREAKS = re.compile(r"<(?:br|/?p|/?div|/?tr|/?li|/?h\d|/?table)\b[^>]{0,500}>", re.IGNORECASE)
_TAG = re.compile(r"<[/!]?[a-zA-Z][^<>@]{0,500}>")
_DECORATION = " \t>*=_#-"
_COPY = re.compile(
    r"\b(?:copy|returned|original|unsent|headers? of|start of)\b.{0,25}"
    r"\b(?:message|mail|e-mail|header)s?\b"
    r"(?:.{0,40}(?:follow|below|attached|included)|.{0,20}:$)"
    r"|\b(?:message|mail) (?:text|headers?|contents?) follows?\b"
    r"|^(?:your (?:original )?message reads|below (?:this|the next) line)\b"
    r"|^(?:received: (?:from|by) |return-path: ?<|x-envelope-from:)",
    re.IGNORECASE,
)
_BANNER = re.compile(
    r"\b(?:original|returned|unsent|forwarded|undelivered|message|mail|header)\b", re.IGNORECASE
)
_DAEMON = re.compile(
    r"mailer[._-]?daemon|mail[._-]?daemon|\bpost[_-]?master|mdaemon"
    r"|mail[._ -]?(delivery|system|server|router|admin|gateway)|delivery[._ -]?(sub)?system"
    r"|\bndr@|symantec|\bimss@|e500_smtp"
    r"|system administrator|internet mail|smtp[._ -]?(service|server|gateway)"
    r"|microsoft outlook|microsoftexchange\w+@|exchange@|mail deli|\bbounces?@|jetmail|mailadm"
    r"|undeliver|mta\b|no[._-]?reply.*postmaster|systemadministrator|inetgw|mailgate|listserv@",
    re.IGNORECASE,
)
_PATHS = ("return-path", "original-mail-from", "x-envelope-from", "x-envelope-sender")
_MACHINE = (
    "message/feedback-report",
    "message/delivery-status",
    "message/global-delivery-status",
    "message/disposition-notification",
)
_NAME = re.compile(r"mailer-?daemon|post[_-]?master|mail delivery (sub)?system", re.IGNORECASE)
_FORWARDED = re.compile(
    r"^\s*(?:re|aw|sv|vs|antw|odp|ref|rv|res|fwd?|wg|tr|rif|i|ynt|回复|答复|转发)\s*(?:\[\d+\])?\s*[:：]",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Letter:
    """A mail, read as far as the kinds of report have in common."""

    mail: Part
    envelope_to: str = ""

    @classmethod
    def open(cls, raw: bytes, envelope_to: str = "") -> "Letter":
        """Return the letter in these bytes."""
        return cls(parse(raw), envelope_to)

    @property
    def fields(self) -> Fields:
        """Its header."""
        return self.mail.fields

    @cached_property
    def subject(self) -> str:
        """What it is about, decoded."""
        return self.fields.words("subject")[:_LINE]

    @cached_property
    def sender(self) -> str:
        """From, with the name decoded."""
        return self.fields.words("from")[:_LINE]

    @cached_property
    def by_daemon(self) -> bool:
        """Whether a mail system wrote it, by the name of the sender or by its marks."""
        named = bool(_DAEMON.search(self.sender)) or self.sender.strip().endswith("<>")
        nameless = not self.sender and self.mail.type == "multipart/report"
        return named or nameless or "x-failed-recipients" in self.fields

    @property
    def has_no_return(self) -> bool:
        """Whether nobody is to answer: true of bounces, and of what a program answers."""
        return self.fields.get("return-path").replace(" ", "") == "<>"

    @property
    def to_many(self) -> bool:
        """Whether it went out to a list."""
        return "list-unsubscribe" in self.fields or "list-id" in self.fields

    @cached_property
    def by_name(self) -> bool:
        """Whether the sender has the very name that mail systems have, or Exim's own mark."""
        return bool(_NAME.search(self.sender)) or "x-failed-recipients" in self.fields

    @cached_property
    def by_person(self) -> bool:
        """Whether it is an answer or was passed on: no mail system does either."""
        return bool(_FORWARDED.match(self.subject)) and not self.by_name

    @cached_property
    def whole_text(self) -> str:
        """What it says to people, with a copy of the original if that stands in the text."""
        own = [part for part in self.mail.own() if not part.parts]
        plain = [part.text() for part in own if part.type == "text/plain"]
        if not "".join(plain).strip():
            plain = [_without_tags(part.text()) for part in own if part.type == "text/html"]
        text = "\n".join(plain)[:_MOST].replace("\r", "\n").replace("\xa0", " ")
        return "\n".join(line[:_LINE].rstrip() for line in text.split("\n"))

    @cached_property
    def text(self) -> str:
        """What it says to people, without the copy of the original."""
        position = 0
        for line in self.whole_text.split("\n"):
            if position > _SOME and _begins_copy(line):
                return self.whole_text[:position]
            position += len(line) + 1
        return self.whole_text

    @cached_property
    def quoted(self) -> Fields:
        """The lines of the text that look like header fields: of a copy of the original, mostly."""
        return Fields(self.whole_text.encode())

    @cached_property
    def returned_to(self) -> tuple[str, ...]:
        """Addresses that it came to, the surest first, then those the original was sent from."""
        names = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "to", "cc")
        came_to = (
            one
            for name in names
            for value in self.fields.every(name)
            for one in addresses.every(value)
        )
        paths = (one.get(name) for one in (*self.machine_parts, *self.originals) for name in _PATHS)
        return addresses.unique(
            [addresses.first(self.envelope_to), *came_to, *map(addresses.first, paths)]
        )

    @cached_property
    def machine_parts(self) -> list[Fields]:
        """The fields that it has for programs, all of a part together."""
        return [Fields(part.text().encode()) for part in self.mail.own() if part.type in _MACHINE]

    @cached_property
    def originals(self) -> list[Fields]:
        """The headers of the mails that it encloses or quotes."""
        return [part.fields for part in self.mail.enclosed()] + [self.quoted]


def _begins_copy(line: str) -> bool:
    """Tell whether the original begins at a line, which says so, frames it, or is its first."""
    line = line.strip()
    inner = line[:_BANNER_LENGTH].strip(_DECORATION)
    framed = line.startswith(("---", "===", "***")) and line.endswith(("--", "==", "**"))
    return bool(_COPY.search(inner)) or (framed and bool(_BANNER.search(inner)))


def _without_tags(text: str) -> str:
    text = text[: _MOST * 2]
    for start, end in _UNSEEN:
        text = _without(text, start, end)
    return html.unescape(_TAG.sub(" ", _BREAKS.sub("\n", text)))


def _without(text: str, start: str, end: str) -> str:
    """Leave out what stands between two marks, in one pass; a mark that is not closed stays."""
    folded, kept, position = text.lower(), [], 0
    while (found := folded.find(start, position)) >= 0:
        closed = folded.find(end, found)
        if closed < 0:
            break
        kept.append(text[position:found])
        position = closed + len(end)
    return " ".join([*kept, text[position:]])
