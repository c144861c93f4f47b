"""Items M1 to M15, M17 to M19 and M26 to M30 of the deliverability page, a test each.

Every check holds for a digest, a digest on a loopback address, and a confirmation. The checks
themselves are in `tests/support/checklist.py`, so that a delivered message is held to the same.
"""

import re
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import pytest
from tests.support import checklist
from tests.unit.mail import samples
from tests.unit.mail.samples import AT, SIGNER, Mail

from pinlabs_mailer.digest import letter
from pinlabs_mailer.errors import ConfigurationError
from pinlabs_mailer.tokens import Purpose

DIGESTS = {
    "digest": samples.digest(),
    "digest on loopback": samples.digest(samples.LOOPBACK),
    "digest for a name beyond ASCII": samples.digest(name="Žofie Ďurišová, čtenářka 👩‍🔬 z Prahy"),
}
CONFIRMATIONS = {
    "confirmation": samples.confirmation(),
    "confirmation on loopback": samples.confirmation(samples.LOOPBACK),
}
MAILS = DIGESTS | CONFIRMATIONS

every_mail = pytest.mark.parametrize("mail", MAILS.values(), ids=MAILS.keys())
every_digest = pytest.mark.parametrize("mail", DIGESTS.values(), ids=DIGESTS.keys())
every_confirmation = pytest.mark.parametrize(
    "mail", CONFIRMATIONS.values(), ids=CONFIRMATIONS.keys()
)


def other_reader() -> Mail:
    """Return the same digest for somebody else."""
    head = samples.masthead()
    return samples.digest(to=samples.recipient(head, "Bob", "bob@example.org", 99))


@every_mail
def test_m01_each_field_stands_exactly_once(mail: Mail) -> None:
    checklist.m01(*mail)


@every_mail
def test_m02_from_is_one_mailbox_in_our_domain(mail: Mail) -> None:
    checklist.m02(*mail)


@every_mail
def test_m03_message_id_is_a_dot_atom_in_our_domain(mail: Mail) -> None:
    checklist.m03(*mail)


def test_m03_message_id_differs_per_recipient_and_stays_for_a_later_try() -> None:
    head = samples.masthead()
    prepared = samples.prepared_digest(head, samples.sample_posts())
    ada = samples.recipient(head, number=17)
    first, second = prepared.join(ada, AT), prepared.join(ada, AT + timedelta(hours=3))
    assert checklist.value(first, "Message-ID") == checklist.value(second, "Message-ID")
    bob = samples.recipient(head, "Bob", "bob@example.org", 18)
    assert checklist.value(prepared.join(bob, AT), "Message-ID") != checklist.value(
        first, "Message-ID"
    )


@every_mail
def test_m04_date_is_the_moment_of_the_attempt(mail: Mail) -> None:
    checklist.m04(*mail)
    assert parsedate_to_datetime(checklist.value(mail.raw, "Date")) == AT


@every_mail
def test_m05_every_line_ends_crlf_and_is_short(mail: Mail) -> None:
    checklist.m05(*mail)


@every_mail
def test_m06_the_header_is_ascii(mail: Mail) -> None:
    checklist.m06(*mail)


@every_mail
def test_m07_encoded_words_stand_only_where_they_may(mail: Mail) -> None:
    checklist.m07(*mail)


def test_m07_a_name_beyond_ascii_leaves_the_list_headers_alone() -> None:
    head = samples.masthead(name="Büro für Pins")
    to = samples.recipient(head)
    raw = samples.prepared_digest(head, samples.sample_posts()).join(to, AT)
    checklist.check(raw, samples.expected(head, to))
    assert checklist.display_name(raw, "From") == "Büro für Pins"
    assert checklist.value(raw, "List-Id") == "<newsletter.pinlabs.example>"


@every_mail
def test_m08_the_header_is_small(mail: Mail) -> None:
    checklist.m08(*mail)


@every_mail
def test_m09_text_comes_first_then_html_as_quoted_printable(mail: Mail) -> None:
    checklist.m09(*mail)


@every_mail
def test_m10_to_is_the_one_recipient_and_nobody_else_is_named(mail: Mail) -> None:
    checklist.m10(*mail)


@every_mail
def test_m11_the_subject_is_no_reply_and_the_display_name_is_the_streams(mail: Mail) -> None:
    checklist.m11(*mail)


@pytest.mark.parametrize("title", ["Re: invent", "FWD: news", "fw: y"])
def test_m11_a_title_that_looks_like_a_reply_is_no_such_subject(title: str) -> None:
    head = samples.masthead()
    raw = samples.prepared_digest(head, [samples.post(title=title)]).join(
        samples.recipient(head), AT
    )
    assert not re.match(r"(re|fwd?)\b", checklist.subject(raw), re.IGNORECASE)


@every_mail
def test_m12_nothing_is_written_that_only_relays_may_write(mail: Mail) -> None:
    checklist.m12(*mail)


@every_digest
def test_m13_list_unsubscribe_is_https_then_mailto(mail: Mail) -> None:
    checklist.m13(*mail)


@every_digest
def test_m14_list_unsubscribe_post_is_to_the_letter(mail: Mail) -> None:
    checklist.m14(*mail)


@every_digest
def test_m15_the_one_click_address_is_ours_and_opaque(mail: Mail) -> None:
    checklist.m15(*mail)


def test_m15_the_token_verifies_names_the_recipient_and_differs() -> None:
    head = samples.masthead()
    raw = samples.digest(to=samples.recipient(head, reference="Adasreferenz")).raw
    token = urlsplit(checklist.unsubscribe_uris(raw)[0]).path.removeprefix("/u/")
    assert SIGNER.verify(Purpose.UNSUBSCRIBE, token) == "Adasreferenz"
    assert token.encode() not in other_reader().raw


@every_digest
def test_m17_list_id_is_a_name_and_a_dot_atom(mail: Mail) -> None:
    checklist.m17(*mail)
    assert checklist.value(mail.raw, "List-Id") == "Pin Labs <newsletter.pinlabs.example>"


def test_m17_a_long_name_leaves_only_the_dot_atom() -> None:
    head = samples.masthead(name="Pin " * 70)
    raw = samples.prepared_digest(head, samples.sample_posts()).join(samples.recipient(head), AT)
    assert checklist.value(raw, "List-Id") == "<newsletter.pinlabs.example>"


@every_digest
def test_m18_feedback_id_names_the_stream(mail: Mail) -> None:
    checklist.m18(*mail)
    assert checklist.value(mail.raw, "Feedback-ID") == checklist.value(
        other_reader().raw, "Feedback-ID"
    )


@every_mail
def test_m19_subscribed_mail_is_bulk_and_the_systems_own_is_auto_generated(mail: Mail) -> None:
    checklist.m19(*mail)


@every_confirmation
def test_m21_a_confirmation_is_no_list_mail(mail: Mail) -> None:
    names = {name for name, _ in checklist.fields(mail.raw)}
    assert not names & {"List-Unsubscribe", "List-Unsubscribe-Post", "List-Id", "Precedence"}


@every_mail
def test_m26_both_parts_say_why_from_where_and_how_to_leave(mail: Mail) -> None:
    checklist.m26(*mail)


@every_mail
def test_m27_gmail_shows_the_html_whole(mail: Mail) -> None:
    checklist.m27(*mail)
    assert len(checklist.decoded(mail.raw)[1].encode()) < 80_000


def test_m27_a_digest_that_gmail_would_cut_is_not_mailed() -> None:
    many = [samples.post(number) for number in range(1, 101)]
    with pytest.raises(ConfigurationError, match="100 kB"):
        letter.render(samples.templates(), samples.masthead(), samples.HEADING, many, UTC)


@every_mail
def test_m28_the_message_is_light(mail: Mail) -> None:
    checklist.m28(*mail)


@every_mail
def test_m29_nothing_that_mail_programs_refuse(mail: Mail) -> None:
    checklist.m29(*mail)


@every_mail
def test_m30_no_host_mixes_scripts(mail: Mail) -> None:
    checklist.m30(*mail)


@pytest.mark.parametrize("length", range(40, 60))
def test_m07_a_subject_of_any_length_beyond_ascii_is_whole(length: int) -> None:
    head = samples.masthead()
    to = samples.recipient(head)
    title = "é" + "x" * length
    raw = samples.prepared_digest(head, [samples.post(title=title)]).join(to, AT)
    checklist.check(raw, samples.expected(head, to))
    assert checklist.subject(raw) == title
