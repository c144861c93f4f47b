"""M16, M22, M23: what is told of a signature, without DNS."""

import re
from dataclasses import replace
from datetime import UTC

import pytest
from tests.unit.mail import samples, signing
from tests.unit.mail.preflight.mails import STANDARD, names
from tests.unit.mail.samples import AT

from pinlabs_mailer.digest import letter
from pinlabs_mailer.mail.dkim import DkimKey

SIGNED = replace(STANDARD, dkim=signing.key())


def raw(key: DkimKey | None = None) -> bytes:
    head = samples.masthead()
    rendered = letter.render(
        samples.templates(), head, samples.HEADING, samples.sample_posts(), UTC
    )
    prepared = letter.prepared(head, rendered, key or signing.key())
    return prepared.join(samples.recipient(head), AT)


def test_m22_a_signed_mail_passes() -> None:
    assert names(raw(), SIGNED) == names(raw()) == set()


def test_m22_with_a_key_set_a_mail_without_our_signature_is_told() -> None:
    assert names(samples.digest().raw, SIGNED) == {"signed"}
    other = replace(signing.key(), selector="old")
    assert names(raw(other), SIGNED) == {"signed"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Hello Ada", b"Hello Eve"),
        (b"Subject: ", b"Subject: x"),
        (b"Date: Tue, 24", b"Date: Wed, 25"),
        (b"List-Id: Pin", b"List-Id: Pins"),
    ],
)
def test_m22_a_change_after_signing_is_told(old: bytes, new: bytes) -> None:
    mail = raw()
    assert old in mail
    assert names(mail.replace(old, new, 1), SIGNED) == {"signature-holds"}


def test_m22_a_body_that_was_changed_is_told_without_our_key() -> None:
    mail = raw().replace(b"Hello Ada", b"Hello Eve")
    assert names(mail) == {"signature-holds"}
    assert names(raw().replace(b"Subject: ", b"Subject: x")) == set()  # only the key can tell


def test_m16_a_signature_that_leaves_out_an_unsubscribe_field_is_told() -> None:
    mail = raw().replace(b"list-unsubscribe-post:", b"x-else:", 1)
    assert names(mail) == {"signature-covers"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"a=rsa-sha256", b"a=rsa-sha1"),
        (b"t=", b"x="),
        (b"d=pinlabs.example;", b"d=pinlabs.example; l=5;"),
    ],
)
def test_m23_another_form_is_told(old: bytes, new: bytes) -> None:
    assert names(re.sub(rb"\b" + old, new, raw(), count=1)) == {"signature-form"}


def test_m23_from_listed_once_is_told() -> None:
    mail = raw()
    listed = re.search(rb"h=[^;]*;", mail)
    assert listed is not None
    names_of = listed[0].replace(b":from;", b";").replace(b":\r\n from;", b";")
    assert names_of != listed[0]
    assert names(mail.replace(listed[0], names_of)) == {"signature-form"}


def test_m23_a_short_key_is_told() -> None:
    mail = re.sub(rb"\r\n b=[^:]*?(?=\r\n[A-Z])", b"\r\n b=" + b"QUJD" * 40, raw(), count=1)
    assert names(mail) == {"signature-form"}


def test_m23_a_domain_that_is_not_the_senders_is_told() -> None:
    assert names(raw(replace(signing.key(), domain="relay.example"))) == {"signature-aligned"}
    assert names(raw(replace(signing.key(), domain="mail.pinlabs.example"))) == set()
