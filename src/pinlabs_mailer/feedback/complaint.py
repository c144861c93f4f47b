"""Complaints: the standard's form (RFC 5965), and what providers sent before it. Pure."""

import re

from pinlabs_mailer.feedback import addresses
from pinlabs_mailer.feedback.letter import Letter
from pinlabs_mailer.feedback.part import Fields
from pinlabs_mailer.feedback.report import Kind

_NONE = ("not-spam", "auth-failure", "dmarc", "virus-free", "dkim", "miscategorized")
_LOOSE = re.compile(r"^Feedback-Type[ \t]*:", re.MULTILINE | re.IGNORECASE)
_FROM = re.compile(
    r"staff@(?:hotmail|outlook)\.com|scomp@aol\.|feedback@arf\.|antispam feedback|\bfbl[._-]?\w*@"
    r"|[\w.-]*fbl@|feedback-?loop|@[\w.-]*\bfbl\.|complaints?@|abuse-report|spam-?report|@arf\.",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"^\s*(?:e-?mail feedback report for|complaint about (?:a |your )?(?:message|e-?mail)"
    r"|(?:spam|junk|abuse|customer)( e-?mail)?[ -](?:complaint|report|feedback)\b"
    r"|abuse report\b|feedback loop|user complaint|e-?mail (?:abuse|complaint) report)",
    re.IGNORECASE,
)
_HOTMAIL = ("x-hmxmroriginalrecipient", "x-hmxmroriginalrecipient-address")
_REDACTED = re.compile(r"redacted|undisclosed|\bhidden@|@hidden", re.IGNORECASE)


def read(letter: Letter) -> list[tuple[Kind, str]] | None:
    """Return each complaint in a mail with whom it is from, None if the mail is no such report."""
    report = _report(letter)
    if report is not None:
        feedback = report.get("feedback-type").lower()
        kind = Kind.UNKNOWN if feedback.startswith(_NONE) else Kind.COMPLAINT
        return [(kind, who) for who in _from_report(report) or [_from_original(letter)]]
    if letter.by_person and not _FROM.search(letter.sender):
        return None
    seen = [*letter.originals, letter.fields]
    hotmail = any(name in one for one in seen for name in _HOTMAIL)
    scomp = "scomp" in letter.fields.get("x-loop").lower()
    told = scomp or _FROM.search(letter.sender)
    encloses = any("from" in part.fields for part in letter.mail.enclosed())
    if (
        hotmail
        or (told and (encloses or "from" in letter.quoted))
        or (encloses and _SUBJECT.match(letter.subject))
    ):
        return [(Kind.COMPLAINT, _from_original(letter))]
    return None


def _report(letter: Letter) -> Fields | None:
    known = bool(_FROM.search(letter.sender))
    if letter.by_person and not known and letter.mail.type != "multipart/report":
        return None  # somebody passes one on
    for part in letter.mail.own():
        if part.type == "message/feedback-report":
            return Fields(part.text().strip().encode())
    found = _LOOSE.search(letter.text)
    if found and (known or letter.by_daemon or _SUBJECT.match(letter.subject)):
        return Fields(letter.text[found.start() :].encode())
    return None


def _from_report(report: Fields) -> list[str]:
    for name in ("original-rcpt-to", "removal-recipient"):
        found = [addresses.first(value) for value in report.every(name)]
        known = [one for one in found if one and not _REDACTED.search(one)]
        if known:
            return list(addresses.unique(known))
    return []


def _from_original(letter: Letter) -> str:
    """Return whom the original went to, as far as it was left readable."""
    names = (*_HOTMAIL, "x-original-to", "delivered-to", "x-rcpt-to", "envelope-to", "to")
    if address := addresses.first(letter.fields.get(_HOTMAIL[0])):
        return address
    for original in letter.originals:
        for name in names:
            address = addresses.first(original.get(name))
            if address and not _REDACTED.search(address):
                return address
    return ""
