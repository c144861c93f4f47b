"""Items M1 to M12: the structure of the message."""

import email
import email.policy
import email.utils
import re
from base64 import b64decode
from datetime import timedelta

from tests.support.checklist.items import Expected, item
from tests.support.checklist.reading import (
    decoded,
    display_name,
    encoded_parts,
    fields,
    head,
    mailbox,
    parse,
    subject,
    value,
    values,
)


@item
def m01(raw: bytes, expected: Expected) -> None:
    """Each field that must stand once stands once, and no other twice."""
    names = [name.lower() for name, _ in fields(raw)]
    for name in ("from", "date", "message-id", "subject", "to", "mime-version", "content-type"):
        assert names.count(name) == 1, f"{name} stands {names.count(name)} times"
    for name in ("sender", "reply-to", "cc", "list-id", "list-unsubscribe"):
        assert names.count(name) <= 1, f"{name} stands {names.count(name)} times"
    for name in ("list-unsubscribe-post", "feedback-id", "precedence", "auto-submitted"):
        assert names.count(name) <= 1, f"{name} stands {names.count(name)} times"


@item
def m02(raw: bytes, expected: Expected) -> None:
    """From is one mailbox in our domain, which is nobody's free mail."""
    _, address = mailbox(raw, "From")
    domain = address.rpartition("@")[2]
    assert domain == expected.domain, f"From is in {domain}"
    assert domain not in ("gmail.com", "googlemail.com")


@item
def m03(raw: bytes, expected: Expected) -> None:
    """Message-ID is a dot-atom in our domain."""
    atom = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
    message_id = value(raw, "Message-ID")
    match = re.fullmatch(rf"<{atom}(?:\.{atom})*@([A-Za-z0-9.-]+)>", message_id)
    assert match is not None, f"{message_id!r} is no Message-ID"
    assert match[1] == expected.domain
    assert len(message_id) <= 500


@item
def m04(raw: bytes, expected: Expected) -> None:
    """Date has a numeric zone and is within a day of now."""
    date = value(raw, "Date")
    form = r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}"
    assert re.fullmatch(form, date), f"{date!r} is no RFC 5322 date"
    assert abs(email.utils.parsedate_to_datetime(date) - expected.at) <= timedelta(days=1)


@item
def m05(raw: bytes, expected: Expected) -> None:
    """Lines end by CRLF and are short; no NUL, no fold of white space alone."""
    assert raw.endswith(b"\r\n")
    assert raw.count(b"\r") == raw.count(b"\n") == raw.count(b"\r\n"), "a bare CR or LF"
    assert b"\0" not in raw
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    for line in head(raw).split(b"\r\n")[:-1]:
        assert line.strip(), "a line of white space in the header"
        foldable = re.sub(rb"^[!-9;-~]+: |^[ \t]", b"", line).strip().count(b" ")
        assert len(line) <= 78 or not foldable, f"{line!r} could be folded"


@item
def m06(raw: bytes, expected: Expected) -> None:
    """The header block is ASCII; so is all, since the parts are quoted-printable."""
    assert raw.isascii()


@item
def m07(raw: bytes, expected: Expected) -> None:
    """Encoded-words stand only where they may, whole, short and apart."""
    for name, content in fields(raw):
        if name.lower() in ("from", "to", "reply-to"):
            assert "=?" not in mailbox(raw, name)[1]
        elif name.lower() != "subject":
            assert "=?" not in content, f"an encoded-word in {name}"
        assert len(re.findall(r"=\?(?!=)", content)) == len(
            re.findall(r"(?<=\s)=\?[^\s?]+\?b\?[^\s?]*\?=(?=\s|$)", content)
        )
        for word in re.findall(r"=\?\S+\?=", content):
            assert len(word) <= 75
            b64decode(word.split("?")[3], validate=True).decode("utf-8")


@item
def m08(raw: bytes, expected: Expected) -> None:
    """The header is small."""
    assert len(head(raw)) < 8_000
    assert len(fields(raw)) < 100


@item
def m09(raw: bytes, expected: Expected) -> None:
    """Two alternatives, text first, as short quoted-printable lines."""
    (boundary,) = re.findall(rb'boundary="([^"]+)"', head(raw))
    assert len(boundary) <= 70
    assert value(raw, "Content-Type").startswith("multipart/alternative;")
    parts = encoded_parts(raw)
    assert len(parts) == 2
    for (part_head, body), kind in zip(parts, (b"plain", b"html"), strict=True):
        assert b"Content-Type: text/" + kind + b"; charset=utf-8" in part_head
        assert b"Content-Transfer-Encoding: quoted-printable" in part_head
        assert boundary not in body
        assert max(map(len, body.split(b"\r\n"))) <= 76
        assert not re.search(rb"[ \t]\r\n", body), "white space at the end of a line"
        assert not re.search(rb"(?:^|\r\n)(?:\.|From )", body), "a line that relays change"
    assert all(part.strip() for part in decoded(raw))
    again = [part.get_content().replace("\r\n", "\n") for part in parse(raw).iter_parts()]
    assert again == list(decoded(raw))


@item
def m10(raw: bytes, expected: Expected) -> None:
    """To is the one real recipient, and nobody else is named."""
    assert mailbox(raw, "To")[1] == expected.recipient
    assert not values(raw, "Cc") + values(raw, "Bcc")
    everything = "\n".join([head(raw).decode("utf-8"), *decoded(raw)])
    for other in expected.others:
        assert other not in everything


@item
def m11(raw: bytes, expected: Expected) -> None:
    """The subject is no pretended reply, the sender's name is the stream's."""
    assert not re.match(r"(re|fwd?|aw|wg)\s*:", subject(raw), re.IGNORECASE)
    assert display_name(raw, "From") == expected.from_name
    assert not re.search("[✓✔✅☑]", expected.from_name)


@item
def m12(raw: bytes, expected: Expected) -> None:
    """Nothing that only relays may write."""
    names = {name.lower() for name, _ in fields(raw)}
    assert not names & {"return-path", "received", "bcc", "authentication-results"}
