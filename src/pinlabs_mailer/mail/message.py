"""A mail prepared once and joined with each recipient's own values.

`prepare` does all that is the same for everybody: headers, encoding, cutting. `Prepared.join`
puts one message together; it is what runs a million times. Nothing here reads a clock: Date is
that of the attempt and is passed. Item numbers (M1 ...) are those of docs/deliverability.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from pinlabs_mailer.mail import header
from pinlabs_mailer.mail.dkim import DkimKey, Seal
from pinlabs_mailer.mail.slots import HTML, TEXT, Body, Encoded, Pieces, body, cut
from pinlabs_mailer.mail.templates import RenderedMail
from pinlabs_mailer.settings import Mailbox

# "=_" cannot stand in quoted-printable text, so the boundary is absent from the parts (M9).
_BOUNDARY = "=_pinlabs-mailer-part"
_MULTIPART = f'Content-Type: multipart/alternative;\r\n boundary="{_BOUNDARY}"\r\n\r\n'.encode()
_PART = (
    "--{boundary}\r\nContent-Type: text/{kind}; charset=utf-8\r\n"
    "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
)


class MailingList(NamedTuple):
    """What names the list in the headers of a mail that people subscribed to."""

    list_id: str
    name: str
    feedback_id: str
    unsubscribe_mailbox: str


class Unsubscribe(NamedTuple):
    """The two ways out that a digest carries (RFC 2369, RFC 8058)."""

    https: str
    mailto: str


class Recipient(NamedTuple):
    """What differs between two messages of the same mail."""

    to: Mailbox
    message_id: str
    values: Mapping[str, Encoded]
    """By slot name: `recipient.greeting` and so on, each ready to stand there."""
    unsubscribe: Unsubscribe | None = None


@dataclass(frozen=True)
class Prepared:
    """One mail, ready to be joined."""

    fixed_headers: bytes
    body: Body
    seal: Seal | None = None

    def join(self, recipient: Recipient, date: datetime) -> bytes:
        """Return the message as it goes over the wire, before dot-stuffing; signed if sealed.

        Signing comes last, over these very bytes (M22). Pure ASCII unless the address itself is
        not (M6). Raises BadInput for a value that no header can carry.
        """
        fields = [
            header.date(date),
            header.mailbox("To", recipient.to),
            header.raw("Message-ID", f"<{recipient.message_id}>"),
        ]
        if recipient.unsubscribe is not None:
            fields.append(header.uris("List-Unsubscribe", *recipient.unsubscribe))
        parts = self.body.filled(recipient.values)
        if self.seal is not None:
            parts = [b"".join(parts)]
            fields.insert(0, self.seal.signature(fields, parts[0], date))
        return b"".join([*fields, self.fixed_headers, *parts])


def prepare(
    mail: RenderedMail,
    *,
    from_: Mailbox,
    reply_to: Mailbox | None = None,
    mailing_list: MailingList | None = None,
    dkim: DkimKey | None = None,
) -> Prepared:
    """Return the mail with everything done that does not depend on the recipient.

    With `mailing_list` it is a mail that people subscribed to; without, one that the system
    sends to one person because that person asked (M19, M21). With `dkim` it is signed when it
    is joined.
    """
    lines = [header.mailbox("From", from_)]
    if reply_to is not None:
        lines.append(header.mailbox("Reply-To", reply_to))
    lines.append(header.text("Subject", mail.subject))
    if mailing_list is not None:
        lines += [
            _list_id(mailing_list),
            header.raw("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
            header.raw("Feedback-ID", mailing_list.feedback_id),
            header.raw("Precedence", "bulk"),
            header.raw("X-Auto-Response-Suppress", "All"),
        ]
    else:
        lines.append(header.raw("Auto-Submitted", "auto-generated"))
    lines.append(header.raw("MIME-Version", "1.0"))
    lines.append(_MULTIPART)
    text, html = cut(mail.text), cut(mail.html)
    fixed_headers = b"".join(lines)
    return Prepared(
        fixed_headers=fixed_headers,
        body=body(
            (_framed(text, "plain", b"\r\n"), TEXT),
            (_framed(html, "html", f"\r\n--{_BOUNDARY}--\r\n".encode()), HTML),
        ),
        seal=None if dkim is None else Seal(dkim, fixed_headers),
    )


def _list_id(mailing_list: MailingList) -> bytes:
    """The name is left out where it would need encoding (M7) or be too long (M17)."""
    field = header.mailbox("List-Id", Mailbox(mailing_list.name, mailing_list.list_id))
    if b"=?" in field or len(field) > 255 or not mailing_list.name:
        return header.raw("List-Id", f"<{mailing_list.list_id}>")
    return field


def _framed(part: Pieces, kind: str, end: bytes) -> Pieces:
    start = _PART.format(boundary=_BOUNDARY, kind=kind).encode()
    fixed = list(part.fixed)
    fixed[0] = start + fixed[0]
    fixed[-1] += end
    return part._replace(fixed=tuple(fixed))
