"""A mail that came back, with what all its readers ask for: its sender, subject, words. Pure."""

import html
import re
from dataclasses import dataclass
from functools import cached_property

from pinlabs_mailer.feedback import addresses
from pinlabs_mailer.feedback.part import Fields, Part, parse

_MOST = 24_000
_LINE = 400
_TAGS = re.compile(r"<(script|style)\b.*?</\1\s*>|<!--.*?-->", re.DOTALL | re.IGNORECASE)
_BREAKS = re.compile(r"<(?:br|/?p|/?div|/?tr|/?li|/?h\d|/?table)\b[^>]{0,500}>", re.IGNORECASE)
_TAG = re.compile(r"<[/!]?[a-zA-Z][^<>@]{0,500}>")
_COPY = re.compile(
    r"^[ >*=_#-]*(?:"
    r".{0,60}\b(?:copy|returned|original|unsent|headers? of|start of)\b.{0,40}\b(?:message|mail"
    r"|e-mail|header)s?\b"
    r".{0,60}(?:follow|below|attached|included|:|-{3}|={3}|\*{3}).{0,40}"
    r"|-{3,}.{0,30}(?:original|returned|unsent|forwarded|undelivered|message|mail"
    r"|header)\b.{0,60}-{2,}"
    r"|.{0,30}(?:message|mail) (?:text|headers?|contents?) follows?\b.{0,40}"
    r"|your (?:original )?message reads.{0,40}|below (?:this|the next) line.{0,80}"
    r"|received: (?:from|by) .{0,300}|return-path: ?<.{0,300}|x-envelope-from:.{0,300}"
    r")$",
    re.IGNORECASE | re.MULTILINE,
)
_DAEMON = re.compile(
    r"mailer[._-]?daemon|mail[._-]?daemon|\bpost-?master|mdaemon|mail[._ -]?(delivery|system|server"
    r"|router|admin|gateway)|delivery[._ -]?(sub)?system|\bndr@|symantec|\bimss@|e500_smtp"
    r"|system administrator|administrator@|internet mail|smtp[._ -]?(service|server|gateway)"
    r"|microsoft outlook|microsoftexchange\w+@|exchange@|mail deli|\bbounces?@|jetmail|mailadm"
    r"|undeliver|mta\b|no[._-]?reply.*postmaster|systemadministrator|inetgw|mailgate|listserv@",
    re.IGNORECASE,
)
_NAME = re.compile(r"mailer-?daemon|postmaster|mail delivery (sub)?system", re.IGNORECASE)
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
        return self.fields.words("subject")

    @cached_property
    def sender(self) -> str:
        """From, with the name decoded."""
        return self.fields.words("from")

    @cached_property
    def by_daemon(self) -> bool:
        """Whether a mail system wrote it: by its name, or by an empty return path."""
        path = self.fields.get("return-path")
        empty = path.replace(" ", "") == "<>" or self.sender.strip().endswith("<>")
        return empty or "x-failed-recipients" in self.fields or bool(_DAEMON.search(self.sender))

    @cached_property
    def by_name(self) -> bool:
        """Whether the sender has the very name that mail systems have."""
        return bool(_NAME.search(self.sender))

    @cached_property
    def by_person(self) -> bool:
        """Whether it is an answer or was passed on: no mail system does either."""
        return bool(_FORWARDED.match(self.subject)) and not self.by_daemon

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
        found = _COPY.search(self.whole_text, 1)
        return self.whole_text[: found.start()] if found and found.start() > 40 else self.whole_text

    @cached_property
    def copy(self) -> Fields:
        """The header of the original, if a copy stands in the text."""
        rest = self.whole_text[len(self.text) :]
        return Fields(rest.encode())

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
        paths = (addresses.first(fields.get("return-path")) for fields in self.originals)
        return addresses.unique([addresses.first(self.envelope_to), *came_to, *paths])

    @cached_property
    def originals(self) -> list[Fields]:
        """The headers of the mails that it encloses or quotes."""
        return [part.fields for part in self.mail.enclosed()] + [self.copy]


def _without_tags(text: str) -> str:
    plain = _BREAKS.sub("\n", _TAGS.sub(" ", text[: _MOST * 2]))
    return html.unescape(_TAG.sub(" ", plain))
