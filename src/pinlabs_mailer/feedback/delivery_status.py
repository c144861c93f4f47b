"""Delivery reports in the standard's form (RFC 3464, RFC 6533), and what nearly has it. Pure.

Only the action `failed` is a bounce. `delayed` is told as soft with the reason `delayed`, which
decides nothing; what was delivered, relayed or expanded is no bounce.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from pinlabs_mailer.feedback import addresses
from pinlabs_mailer.feedback.diagnosis import Diagnosis, Words, diagnose, find
from pinlabs_mailer.feedback.part import Fields, Part
from pinlabs_mailer.feedback.report import Kind, Reason

TYPES = ("message/delivery-status", "message/global-delivery-status")
_MOST = 20
_WHO = ("original-recipient", "final-recipient", "x-actual-recipient", "x-original-recipient")
_WHAT = ("action", "status", "diagnostic-code")
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_LOOSE = re.compile(r"^(?:Final|Original)-Recipient[ \t]*:", re.MULTILINE | re.IGNORECASE)
_GOOD = ("delivered", "relayed", "expanded", "deliver", "success")


@dataclass
class Recipient:
    """What a report says of one recipient."""

    fields: dict[str, str] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """The address as we wrote it, if the report knows, else the one it was tried at."""
        found = (addresses.typed(self.fields.get(name, "")) for name in _WHO)
        return next((address for address in found if address), "")

    @property
    def status(self) -> str:
        """Its RFC 3463 code."""
        found = _STATUS.search(self.fields.get("status", ""))
        return found[0] if found else ""

    @property
    def _comment(self) -> str:
        """What some write behind the code: `5.0.0 (recipient reached disk quota)`."""
        return _STATUS.sub("", self.fields.get("status", ""), count=1).strip(" ()")

    @property
    def delayed(self) -> bool:
        """Whether the mail still waits."""
        return self.fields.get("action", "").lower().startswith(("delay", "defer"))

    def diagnosis(self, otherwise: str) -> Diagnosis:
        """Return what became of the mail; `otherwise` is what the report tells people."""
        action = self.fields.get("action", "").lower()
        quoted = self.fields.get("diagnostic-code", "") or self._comment
        words = find(quoted or otherwise)
        if self.delayed:
            return Diagnosis(Kind.SOFT, self.status, Reason.DELAYED, words.text[:500])
        if action.startswith(_GOOD) or (self.status or "5").startswith("2"):
            return Diagnosis(Kind.UNKNOWN, self.status, "", "")
        said = diagnose(words, self.status)
        if said.reason == Reason.REFUSED and quoted and otherwise:
            # Some put a summary into the field and the server's own words into the text.
            more = diagnose(_joined(words, find(otherwise)), self.status)
            said = more if more.reason != Reason.REFUSED else said
        return said


def present(mail: Part) -> bool:
    """Tell whether a mail has a delivery report among its own parts."""
    return any(part.type in TYPES for part in mail.own())


def wrapped(mail: Part) -> Part | None:
    """Return the report that a gateway has enclosed, to put its own words below, None if none."""
    return next((one for one in mail.enclosed() if present(one)), None)


def recipients(mail: Part) -> list[Recipient]:
    """Return what the reports in a mail say of each recipient."""
    reports = (part.text() for part in mail.own() if part.type in TYPES)
    return list(islice((one for text in reports for one in _read(text)), _MOST))


def in_text(text: str) -> list[Recipient]:
    """Return the same out of plain text that has the fields of a report but not its form."""
    found = _LOOSE.search(text)
    return list(islice(_read(text[found.start() :]), _MOST)) if found else []


def _read(text: str) -> Iterator[Recipient]:
    """Go through the blocks; some put an empty line inside one, some none between two."""
    now = Recipient()
    for block in re.split(r"\n[ \t]*\n", text):
        fields = list(Fields(block.encode()))
        anew = any(name in _WHO for name, _ in fields)
        complete = anew and any(one in now.fields for one in _WHAT) and bool(now.address)
        for name, value in fields:
            if name in _WHO and (complete or name in now.fields):
                yield now
                now, complete = Recipient(), False
            now.fields.setdefault(name, value)
        if not any(one in now.fields for one in (*_WHO, *_WHAT)):
            now = Recipient()  # the fields about the whole message
    if any(one in now.fields for one in (*_WHO, *_WHAT)):
        yield now


def _joined(first: Words, second: Words) -> Words:
    return Words(
        second.code or first.code,
        second.status or first.status,
        f"{first.text[:300]} {second.text}",
    )
