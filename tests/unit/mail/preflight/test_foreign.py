"""Mails that are not ours, and what is hardly a mail: each is told for what it is."""

import base64
from dataclasses import replace
from email.message import EmailMessage

import pytest
from tests.unit.mail.preflight import mails
from tests.unit.mail.preflight.mails import STANDARD, found, names

from pinlabs_mailer.mail.preflight import Standard
from pinlabs_mailer.mail.preflight.reading import read
from pinlabs_mailer.tokens import Signer

NOTHING_KNOWN = Standard()
OF_US = {"sender", "message-id", "unsubscribe-address", "unsubscribe-token", "postal-address"}


def encoded(mail: mails.Draft, charset: str) -> bytes:
    """Return a mail with both parts in base64 and in that character set."""
    raw = b"".join(f"{name}: {value}\r\n".encode() for name, value in mail.fields)
    for kind, content in (("plain", mail.text), ("html", mail.html)):
        body = base64.encodebytes(content.encode(charset, "replace")).replace(b"\n", b"\r\n")
        head = f"\r\n--=_part\r\nContent-Type: text/{kind}; charset={charset}\r\n"
        raw += head.encode() + b"Content-Transfer-Encoding: base64\r\n\r\n" + body
    return raw + b"\r\n--=_part--\r\n"


def test_base64_is_read_as_well() -> None:
    assert names(encoded(mails.digest(), "utf-8")) == set()
    spoiled = mails.digest().shows("<img>")
    assert "image-alt" in names(encoded(spoiled, "utf-8"))


@pytest.mark.parametrize("charset", ["iso-8859-1", "windows-1252", "utf-16"])
def test_another_character_set_is_read_and_told(charset: str) -> None:
    assert names(encoded(mails.digest(), charset)) == {"charset"}


def test_a_character_set_that_there_is_not_is_told() -> None:
    raw = mails.digest().raw().replace(b"charset=utf-8", b"charset=rot13")
    assert names(raw) == {"charset"}


def test_what_has_no_header_is_no_mail_and_nothing_else_is_asked() -> None:
    for raw in (b"hello", b"\r\nhello\r\n", b"<html>not a mail</html>\r\n"):
        assert names(raw) == {"header-lines"}
        assert "no mail" in found(raw)[0].what


def test_a_mail_without_mime_is_text() -> None:
    raw = b"From: a@b.example\r\nTo: c@d.example\r\nSubject: x\r\n\r\nSome text.\r\n"
    assert names(raw, NOTHING_KNOWN) >= {"alternatives", "fields-once", "list-unsubscribe"}
    assert read(raw).text == "Some text.\n"


def test_a_mail_without_html_is_told_once() -> None:
    raw = mails.digest().raw().replace(b"text/html", b"text/enriched")
    assert names(raw) == {"alternatives"}


def test_nested_parts_are_found() -> None:
    message = EmailMessage()
    message["From"], message["To"] = "a@b.example", "c@d.example"
    message.set_content("words")
    message.add_alternative("<html><body><img src='x'></body></html>", subtype="html")
    message.add_attachment(b"data", maintype="image", subtype="png")
    raw = message.as_bytes().replace(b"\n", b"\r\n")
    assert [part.kind for part in read(raw).parts] == ["text/plain", "text/html", "image/png"]
    assert names(raw, NOTHING_KNOWN) >= {"alternatives", "image-alt", "image-address"}


def test_a_mail_of_another_sender_is_told_what_is_not_ours() -> None:
    theirs = Standard(
        domain="other.example",
        base_url="https://mail.other.example",
        postal_address="Other, 2 Street",
        signer=Signer(["another key of a sufficient length"]),
    )
    assert names(mails.digest().raw(), theirs) == OF_US
    said = {finding.rule.name: finding.what for finding in found(mails.digest().raw(), theirs)}
    assert said["sender"] == "It is in pinlabs.example, ours is other.example."


def test_what_is_not_known_of_us_is_not_asked() -> None:
    assert names(mails.digest().raw(), NOTHING_KNOWN) == set()
    assert names(mails.digest().given("Date", "Sun, 22 Nov 2020 09:00:07 +0000").raw()) == {"date"}
    old = mails.digest().given("Date", "Sun, 22 Nov 2020 09:00:07 +0000").raw()
    assert names(old, replace(STANDARD, at=None)) == set()


def test_30_mb_are_not_looked_at_beyond_the_first() -> None:
    raw = mails.digest().raw() + (b"x" * 70 + b"\r\n") * 430_000
    assert names(raw) >= {"message-size"}


def test_a_mail_out_of_a_mailbox_is_told_what_relays_have_added() -> None:
    raw = b"Return-Path: <x@y.example>\r\nReceived: from x\r\n\tby y\r\n" + mails.digest().raw()
    assert names(raw) == {"relay-fields"}
