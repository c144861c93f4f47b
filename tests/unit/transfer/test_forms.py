"""The exports of other products, as they write them."""

import pytest

from pinlabs_mailer.errors import BadInput
from pinlabs_mailer.transfer.columns import Columns
from pinlabs_mailer.transfer.forms import listmonk, mailchimp
from pinlabs_mailer.transfer.stated import Stated

LISTMONK = Columns(("uuid", "email", "name", "attributes", "status", "created_at", "updated_at"))
CREATED = "2024-03-01 09:30:00.123456 +0000 UTC"
UPDATED = "2025-07-02 10:00:00 +0000 +0000"
MAILCHIMP = (
    "Email Address",
    "First Name",
    "Last Name",
    "MEMBER_RATING",
    "OPTIN_TIME",
    "OPTIN_IP",
    "CONFIRM_TIME",
    "CONFIRM_IP",
    "LEID",
    "EUID",
)
ASKED = ("2021-05-03 10:00:00", "192.0.2.7", "2021-05-03 10:02:00", "192.0.2.8")


def from_listmonk(status: str) -> Stated:
    read = listmonk.arrange(LISTMONK, "subscribers.csv")
    return read(("u", "ada@example.org", "Ada", "{}", status, CREATED, UPDATED))


def from_mailchimp(file: str, more: dict[str, str], *proof: str) -> Stated:
    read = mailchimp.arrange(Columns((*MAILCHIMP, *more)), file)
    return read(("ada@example.org", "Ada", "Lovelace", "2", *proof, "1", "x", *more.values()))


def test_listmonk_enabled_carries_its_date_and_claims_nothing() -> None:
    assert from_listmonk("enabled") == Stated(
        "ada@example.org", "Ada", consented_at="2024-03-01T09:30:00.123456+0000"
    )


def test_listmonk_disabled_is_withdrawn_with_its_date() -> None:
    found = from_listmonk("disabled")
    assert (found.status, found.withdrawn_at) == ("withdrawn", "2025-07-02T10:00:00+0000")
    assert found.suppressed == found.consented_at == ""


def test_listmonk_blocklisted_is_suppressed_by_order() -> None:
    found = from_listmonk("blocklisted")
    assert (found.status, found.suppressed) == ("withdrawn", "manual")
    assert "listmonk: blocklisted" in found.note


def test_a_status_that_listmonk_does_not_have_is_no_status_of_ours() -> None:
    assert from_listmonk("frozen").status == "frozen"
    assert from_listmonk("").status == "missing"


def test_a_file_that_is_not_listmonks_is_refused() -> None:
    with pytest.raises(BadInput, match="uuid"):
        listmonk.arrange(Columns(("email", "status")), "subscribers.csv")


def test_mailchimp_subscribed_proves_consent_by_times_and_addresses() -> None:
    found = from_mailchimp("subscribed_members_export_1a2b.csv", {}, *ASKED)
    assert (found.email, found.name) == ("ada@example.org", "Ada Lovelace")
    assert found.consented_at == "2021-05-03 10:02:00"
    assert "from 192.0.2.7" in found.evidence
    assert "from 192.0.2.8" in found.evidence


def test_mailchimp_members_who_were_imported_there_prove_nothing() -> None:
    found = from_mailchimp("subscribed_x.csv", {}, "", "", "2021-05-03 10:02:00", "192.0.2.8")
    assert (found.consented_at, found.evidence) == ("2021-05-03 10:02:00", "")


@pytest.mark.parametrize("file", ["unsubscribed_x.csv", "renamed.csv"])
def test_mailchimp_unsubscribed_is_withdrawn_with_its_date(file: str) -> None:
    more = {"UNSUB_TIME": "2022-01-02 03:04:05", "UNSUB_REASON": "NORMAL"}
    found = from_mailchimp(file, more, *ASKED)
    assert (found.status, found.withdrawn_at) == ("withdrawn", "2022-01-02 03:04:05")
    assert found.evidence == ""
    assert found.note == "Mailchimp: unsubscribed 2022-01-02 03:04:05; NORMAL"


def test_mailchimp_cleaned_is_a_bounce_and_no_subscription() -> None:
    found = from_mailchimp("cleaned_x.csv", {"CLEAN_TIME": "2022-01-02 03:04:05"}, *ASKED)
    assert (found.status, found.suppressed, found.consented_at) == ("none", "bounce", "")


@pytest.mark.parametrize("file", ["nonsubscribed_x.csv", "audience.csv"])
def test_mailchimp_files_of_people_who_never_asked_or_of_no_kind_are_refused(file: str) -> None:
    with pytest.raises(BadInput):
        from_mailchimp(file, {}, *ASKED)
