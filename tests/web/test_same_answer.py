"""What a stranger sees of an address, or of a link, does not depend on what we know of it."""

import time
from statistics import median

import pytest

from pinlabs_mailer.community import suppression
from pinlabs_mailer.db.engine import writing
from pinlabs_mailer.db.words import SuppressionReason
from pinlabs_mailer.tokens import Purpose, Signer, new_reference
from tests.support.installations import Clock, confirmed
from tests.support.site import Site, snapshot
from tests.support.statements import statements
from tests.web.people import ADA, ask, filled_in


@pytest.fixture
def bad_tokens(site: Site) -> dict[str, str]:
    """Links that are worth nothing, each for another reason."""
    confirmed(site.app, ADA)
    good = site.leave_path(ADA).removeprefix("/u/")
    signer, reference = site.app.links.signer, good[3:15]
    return {
        "unknown": signer.sign(Purpose.UNSUBSCRIBE, new_reference()),
        "forged": Signer(["another key that is long enough"]).sign(Purpose.UNSUBSCRIBE, reference),
        "other mac": good[:-22] + good[-22:][::-1],
        "cut": good[:-1],
        "longer": good + "A",
        "foreign": signer.sign(Purpose.CONFIRM, reference),
        "purpose swapped": good[:2] + "c" + good[3:],
        "only a letter": "u",
        "rubbish": "%00%0d%0a%F0%9F%92%A9",
        "huge": "A" * 5000,
    }


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_h05_a_bad_unsubscribe_link_gets_one_answer(
    site: Site, bad_tokens: dict[str, str], method: str
) -> None:
    before = snapshot(site.app.engine)
    answers, work = {}, {}
    for why, token in bad_tokens.items():
        with statements(site.app.engine) as said:
            answers[why] = site.request(method, f"/u/{token}").essence
        work[why] = said
    assert set(map(repr, answers.values())) == {repr(answers["unknown"])}
    assert set(map(repr, work.values())) == {repr(work["unknown"])}
    assert answers["unknown"][0] == 404
    assert snapshot(site.app.engine) == before


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_bad_confirm_link_gets_one_answer(
    site: Site, bad_tokens: dict[str, str], method: str
) -> None:
    signer = site.app.links.signer
    bad = [
        *bad_tokens.values(),
        signer.sign(Purpose.CONFIRM, new_reference()),
        site.leave_path(ADA).removeprefix("/u/"),
    ]
    before = snapshot(site.app.engine)
    answers = [site.request(method, f"/confirm/{token}").essence for token in bad]
    assert answers == [answers[0]] * len(bad)
    assert answers[0][0] == 404
    assert snapshot(site.app.engine) == before


def test_a6_joining_gets_one_answer_and_does_the_same_work_whoever_it_is(
    site: Site, clock: Clock
) -> None:
    for email in ("known@example.org", "left@example.org", "bounce@example.org"):
        confirmed(site.app, email)
    site.post(site.leave_path("left@example.org"))
    ask(site, email="asked@example.org")
    with writing(site.app.engine) as connection:
        for reason in ("bounce", "complaint", "manual", "erased"):
            key = f"{reason}@example.org"
            suppression.suppress(connection, key, SuppressionReason(reason), clock.now)
    answers, work = {}, {}
    for who in ("new", "known", "left", "asked", "bounce", "complaint", "manual", "erased"):
        fields = filled_in(site, {"email": f"{who}@example.org", "topic": "projects"})
        with statements(site.app.engine) as said:
            answers[who] = site.post("/join", fields).essence
        work[who] = said
    assert answers == dict.fromkeys(answers, answers["new"])
    assert work == dict.fromkeys(work, work["new"])
    assert any(statement.startswith("INSERT INTO sign_up ") for statement in work["new"])


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a6_joining_takes_the_same_time_whoever_it_is(site: Site) -> None:
    """Medians of 2,000 tries, taken in turns, lie within a millisecond."""
    confirmed(site.app, "known@example.org")
    spent: dict[str, list[float]] = {"known": [], "new": []}
    for number in range(1000):
        for who, email in (("known", "known@example.org"), ("new", f"new{number}@example.org")):
            fields = filled_in(site, {"email": email, "topic": "projects"})
            began = time.perf_counter()
            assert site.post("/join", fields).status == 200
            spent[who].append(time.perf_counter() - began)
    assert abs(median(spent["known"]) - median(spent["new"])) < 0.001


@pytest.mark.parametrize("reason", ["complaint", "manual"])
def test_who_must_not_be_written_to_is_not_asked(site: Site, clock: Clock, reason: str) -> None:
    with writing(site.app.engine) as connection:
        suppression.suppress(connection, ADA, SuppressionReason(reason), clock.now)
    ask(site)
    assert snapshot(site.app.engine)["delivery"] == []
    assert snapshot(site.app.engine)["subscriber"] == []
