"""What an import may do to a subscription (items A14, C1; decision 0015)."""

from datetime import UTC, datetime, timedelta

import pytest

from pinlabs_mailer.community.address import Address
from pinlabs_mailer.community.standing import Standing
from pinlabs_mailer.db.words import Consent, ConsentChange
from pinlabs_mailer.transfer.deciding import NOTHING, Decision, Said, decide
from pinlabs_mailer.transfer.person import Person

GIVEN = datetime(2024, 5, 3, tzinfo=UTC)
DAY = timedelta(days=1)
IMPORTED = Decision((ConsentChange.IMPORTED,))
WITHDRAWN = Decision((ConsentChange.WITHDRAWN,))


def row(status: Consent, withdrawn_at: datetime | None = None) -> Person:
    proved = status in (Consent.CONFIRMED, Consent.EXPIRED)
    return Person(
        2,
        Address("ada@example.org", "ada@example.org"),
        status,
        consented_at=GIVEN if proved else None,
        evidence="a form" if proved else "",
        withdrawn_at=withdrawn_at,
    )


CONSENT = row(Consent.CONFIRMED)
CONFIRMED = Standing(Consent.CONFIRMED, confirmed_at=GIVEN)
PENDING = Standing(Consent.PENDING, requested_at=GIVEN)
EXPIRED = Standing(Consent.EXPIRED, confirmed_at=GIVEN)


def gone(at: datetime, status: Consent = Consent.WITHDRAWN) -> Standing:
    return Standing(status, confirmed_at=at - 9 * DAY, withdrawn_at=at)


def test_evidence_confirms_whom_nobody_knew_and_who_was_asked() -> None:
    assert decide(CONSENT, None, NOTHING) == IMPORTED
    assert decide(CONSENT, PENDING, NOTHING) == IMPORTED


def test_without_evidence_somebody_new_is_pending() -> None:
    assert decide(row(Consent.PENDING), None, NOTHING).changes == (ConsentChange.REQUESTED,)


@pytest.mark.parametrize("status", [Consent.CONFIRMED, Consent.PENDING])
def test_what_is_confirmed_stays_so(status: Consent) -> None:
    assert decide(row(status), CONFIRMED, NOTHING) == Decision()


@pytest.mark.parametrize("after", [timedelta(0), DAY])
def test_a_withdrawal_beats_consent_that_is_no_newer(after: timedelta) -> None:
    found = decide(CONSENT, gone(GIVEN + after), NOTHING)
    assert found.changes == ()
    assert "withdrew" in found.left_out


def test_newer_consent_asks_again_and_does_not_confirm() -> None:
    found = decide(CONSENT, gone(GIVEN - DAY), NOTHING)
    assert found.changes == (ConsentChange.REQUESTED,)
    assert "only their own confirmation" in found.remark
    assert decide(CONSENT, gone(GIVEN - DAY, Consent.PENDING), NOTHING) == Decision()


def test_when_a_withdrawal_was_imported_does_not_matter_but_when_it_was_made() -> None:
    imported_today = gone(GIVEN + 900 * DAY)
    found = decide(CONSENT, imported_today, Said(withdrew=GIVEN - DAY))
    assert found.changes == (ConsentChange.REQUESTED,)


def test_nobody_who_has_withdrawn_becomes_pending_by_a_list() -> None:
    found = decide(row(Consent.PENDING), gone(GIVEN), NOTHING)
    assert found == Decision(left_out="withdrew on 2024-05-03")


def test_a_withdrawal_from_elsewhere_is_taken_over() -> None:
    later = row(Consent.WITHDRAWN, GIVEN + DAY)
    assert decide(later, None, NOTHING) == WITHDRAWN
    assert decide(later, PENDING, NOTHING) == WITHDRAWN
    assert decide(later, EXPIRED, NOTHING) == WITHDRAWN
    assert decide(later, CONFIRMED, Said(consented=GIVEN)) == WITHDRAWN
    assert decide(later, gone(GIVEN), NOTHING) == Decision()


def test_a_withdrawal_of_unknown_date_counts() -> None:
    assert decide(row(Consent.WITHDRAWN), CONFIRMED, Said(consented=GIVEN)) == WITHDRAWN


def test_who_consented_again_after_it_stays() -> None:
    earlier = row(Consent.WITHDRAWN, GIVEN - DAY)
    assert "consented again" in decide(earlier, CONFIRMED, Said(consented=GIVEN)).left_out
    assert "consented again" in decide(earlier, PENDING, Said(asked=GIVEN)).left_out


def test_consent_that_has_expired_comes_back_only_by_their_own_act() -> None:
    said = Said(consented=GIVEN)
    assert "expired" in decide(CONSENT, EXPIRED, said).left_out
    assert "expired" in decide(row(Consent.PENDING), EXPIRED, said).left_out
    newer = decide(CONSENT, EXPIRED, Said(consented=GIVEN - DAY))
    assert newer.changes == (ConsentChange.REQUESTED,)


def test_expired_consent_is_taken_over_as_such_from_an_export_of_ours() -> None:
    found = decide(row(Consent.EXPIRED), None, NOTHING)
    assert found.changes == (ConsentChange.IMPORTED, ConsentChange.EXPIRED)
    assert decide(row(Consent.EXPIRED), CONFIRMED, NOTHING) == Decision()
