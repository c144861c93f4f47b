"""Items M1 to M4, M10 to M12, M19 and M21, and the subject: what the fields say."""

import re
from collections.abc import Iterator
from datetime import timedelta
from email.utils import parsedate_to_datetime

from pinlabs_mailer.mail.preflight.finding import Fault, Severity, rule
from pinlabs_mailer.mail.preflight.header_fields import mailboxes
from pinlabs_mailer.mail.preflight.printable import shown
from pinlabs_mailer.mail.preflight.reading import Mail
from pinlabs_mailer.mail.preflight.standard import Standard

_ONCE = ("From", "Date", "Message-ID", "Subject", "To", "MIME-Version", "Content-Type")
_AT_MOST_ONCE = (
    "Sender", "Reply-To", "Cc", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post",
    "Feedback-ID", "Precedence", "Auto-Submitted",
)  # fmt: skip
_FREE = frozenset({"gmail.com", "googlemail.com", "yahoo.com", "outlook.com", "hotmail.com"})
"""Whose owners refuse mail in their name from elsewhere, by DMARC."""
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_MESSAGE_ID = re.compile(rf"<{_ATOM}(?:\.{_ATOM})*@([A-Za-z0-9.-]+)>")
_DATE = re.compile(
    r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?\d{1,2} [A-Z][a-z]{2} \d{4} "
    r"\d\d:\d\d(?::\d\d)? [+-]\d{4}(?: \([A-Z]{1,5}\))?"
)
_REPLY = re.compile(r"\s*(?:re|fwd?|aw|wg)\s*(?:\[\d+\])?\s*:", re.IGNORECASE)
_CHECK_MARKS = re.compile("[✓✔✅☑🗸]")
_OF_RELAYS = ("Return-Path", "Received", "Bcc", "Authentication-Results")
_LONGEST_SUBJECT = 60
_SETTINGS = "Set PINLABS_FROM to an address of your own domain."


@rule("M1", Severity.ERROR, "Write the field once.")
def fields_once(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """From, Date, Message-ID, Subject, To and MIME-Version stand once, no other field twice."""
    names = [one.name.lower() for one in mail.header.fields]
    for name in _ONCE:
        if names.count(name.lower()) != 1:
            yield Fault(f"header {name}", f"It stands {names.count(name.lower())} times.")
    for name in _AT_MOST_ONCE:
        if names.count(name.lower()) > 1:
            yield Fault(f"header {name}", f"It stands {names.count(name.lower())} times.")


@rule("M2", Severity.ERROR, _SETTINGS)
def sender(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """From is one mailbox, in our own domain, which is nobody's free mail."""
    found = mailboxes(mail.header.value("From"))
    if len(found) != 1 or found[0].address.count("@") != 1:
        yield Fault("header From", f"It has {len(found)} mailboxes, or no address.")
    elif mail.sender_domain in _FREE:
        yield Fault("header From", f"{mail.sender_domain} refuses mail from elsewhere.")
    elif standard.domain is not None and mail.sender_domain != standard.domain:
        yield Fault(
            "header From", f"It is in {shown(mail.sender_domain)}, ours is {standard.domain}."
        )


@rule("M3", Severity.ERROR, "Make it of a dot-atom and the sender's domain.")
def message_id(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """Message-ID is `<dot-atom@domain>` with our domain, of at most 500 signs."""
    value = mail.header.value("Message-ID")
    match = _MESSAGE_ID.fullmatch(value[:1_000])
    ours = standard.domain or mail.sender_domain
    if match is None or len(value) > 500:
        yield Fault("header Message-ID", f"It has not that form: {shown(value) or 'missing'}")
    elif ours and not f".{match[1].lower()}".endswith(f".{ours}"):
        yield Fault("header Message-ID", f"It is in {shown(match[1])}, not in {shown(ours)}.")


@rule("M4", Severity.ERROR, "Write the moment of the attempt with a numeric zone; set the clock.")
def date(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """Date has the form of RFC 5322 with a numeric zone, and is within a day of now."""
    value = mail.header.value("Date")
    if not _DATE.fullmatch(value[:100]):
        yield Fault("header Date", f"It has not that form: {shown(value) or 'missing'}")
        return
    try:
        moment = parsedate_to_datetime(value)
        late = standard.at is not None and abs(moment - standard.at) > timedelta(days=1)
    except (ValueError, TypeError, OverflowError):
        yield Fault("header Date", f"There is no such moment: {shown(value)}")
        return
    if late:
        yield Fault("header Date", f"It is more than a day from now: {shown(value)}")


@rule("M10", Severity.ERROR, "Send one message to each person.")
def one_recipient(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """To is the one recipient; nobody is in Cc."""
    found = mailboxes(mail.header.value("To"))
    if len(found) != 1 or "@" not in found[0].address:
        yield Fault("header To", f"It has {len(found)} mailboxes, or no address.")
    if mail.header.values("Cc"):
        yield Fault("header Cc", "It names others.")


@rule("M11", Severity.ERROR, "Begin the subject with words of its own.")
def subject_no_reply(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """The subject does not pretend to be a reply or forwarded."""
    if _REPLY.match(mail.subject):
        yield Fault("header Subject", f"It begins like a reply: {shown(mail.subject)}")


@rule("M11", Severity.ERROR, "Set the display name in PINLABS_FROM, the same for all mails.")
def display_name(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """The sender's name has no check mark and not the recipient's name (Gmail's rules)."""
    names = [one.name for one in mailboxes(mail.header.value("From"))]
    readers = [one.name for one in mailboxes(mail.header.value("To")) if len(one.name) > 2]
    for name in names:
        if _CHECK_MARKS.search(name):
            yield Fault("header From", f"The name has a check mark: {shown(name)}")
        if any(re.search(rf"\b{re.escape(one)}\b", name, re.IGNORECASE) for one in readers):
            yield Fault("header From", "The name has the recipient's in it.")


@rule("M12", Severity.ERROR, "Leave it to relays. In a mail out of a mailbox it may stand.")
def relay_fields(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """No Return-Path, Received, Bcc or Authentication-Results is there: those are of relays."""
    for name in _OF_RELAYS:
        if mail.header.values(name):
            yield Fault(f"header {name}", "It stands there before any relay had the mail.")


@rule("M19", Severity.ERROR, "Write it: answering machines go by it.")
def automatic(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """List mail says `Precedence: bulk` and `X-Auto-Response-Suppress: All`, the system's own
    `Auto-Submitted: auto-generated`."""
    wanted = {"Auto-Submitted": "auto-generated"}
    if mail.subscribed:
        wanted = {"Precedence": "bulk", "X-Auto-Response-Suppress": "All"}
    for name, value in wanted.items():
        if mail.header.values(name) != [value]:
            yield Fault(f"header {name}", f"It is not {value}.")


@rule("M21", Severity.WARNING, "Leave it out: the mail is for one person who has asked.")
def system_mail(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """What the system sends because somebody asked is no list mail."""
    if not mail.subscribed:
        for name in ("Precedence", "Feedback-ID", "List-Unsubscribe-Post"):
            if mail.header.values(name):
                yield Fault(f"header {name}", "It is for lists.")


@rule("", Severity.ERROR, "Say in a few words what the mail is about.")
def subject_empty(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """There is a subject."""
    if mail.header.values("Subject") and not mail.subject.strip():
        yield Fault("header Subject", "It is empty.")


@rule("", Severity.WARNING, "Shorten it: phones show about 40 signs, most programs 60.")
def subject_length(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """The subject has at most 60 signs."""
    if len(mail.subject) > _LONGEST_SUBJECT:
        yield Fault("header Subject", f"It has {len(mail.subject)} signs: {shown(mail.subject)}")


@rule("", Severity.WARNING, "Write it as a sentence: filters count capitals.")
def subject_capitals(mail: Mail, standard: Standard) -> Iterator[Fault]:
    """The subject is not in capitals."""
    letters = [sign for sign in mail.subject if sign.isalpha()]
    if len(letters) > 5 and mail.subject.isupper():
        yield Fault("header Subject", f"It is all capitals: {shown(mail.subject)}")


RULES = (
    fields_once,
    sender,
    message_id,
    date,
    one_recipient,
    subject_no_reply,
    display_name,
    relay_fields,
    automatic,
    system_mail,
    subject_empty,
    subject_length,
    subject_capitals,
)
