"""What tells a person's form from a program's: a token, a moment's time, a field left empty."""

from datetime import datetime, timedelta

import pytest
from selectolax.lexbor import LexborHTMLParser

from pinlabs_mailer.app import worker
from pinlabs_mailer.community.limits import FORM_LIVES
from pinlabs_mailer.tokens import Purpose, Signer, new_reference
from pinlabs_mailer.web import form_token
from pinlabs_mailer.web.form_token import FIELD, HONEYPOT, Verdict, judge, make
from tests.support.installations import Clock
from tests.support.site import Answer, Site, snapshot
from tests.web.attack import mails
from tests.web.people import ADA, JOINING, ask, filled_in, standing

SECOND = timedelta(seconds=1)
XSS = "\"'><script>alert(1)</script>"


def hidden(answer: Answer) -> dict[str, str]:
    """Return what a page's form carries by itself, each field once."""
    return {
        str(field.attributes["name"]): field.attributes["value"] or ""
        for field in LexborHTMLParser(answer.text).css("input[type=hidden]")
    }


def test_a_token_is_judged_by_its_age(now: datetime) -> None:
    signer = Signer(["a key of thirty-two signs or more"])
    token = make(signer, now)
    assert len(token) <= 48
    for age, verdict in (
        (timedelta(0), Verdict.TOO_FAST),
        (1.999 * SECOND, Verdict.TOO_FAST),
        (2 * SECOND, Verdict.GOOD),
        (FORM_LIVES, Verdict.GOOD),
        (FORM_LIVES + SECOND, Verdict.NONE),
        (-SECOND, Verdict.NONE),
    ):
        assert judge(signer, token, now + age, 2 * SECOND)[0] is verdict, age
    assert judge(signer, token, now, timedelta(0))[0] is Verdict.GOOD
    assert make(signer, now) != token


def test_a3_the_form_can_be_sent_as_it_was_opened(site: Site, clock: Clock) -> None:
    fields = hidden(site.get("/join"))
    clock.advance(2 * SECOND)
    assert "Check your mail" in site.post("/join", {**JOINING, **fields}).text
    assert mails(site.app) == 1


def test_a3_a_form_that_was_sent_back_carries_a_fresh_token(site: Site, clock: Clock) -> None:
    refused = site.post("/join", {**JOINING, "email": "ada@"})
    assert refused.status == 400
    clock.advance(2 * SECOND)
    site.post("/join", {**JOINING, **hidden(refused)})
    assert mails(site.app) == 1


def test_a3_whoever_is_faster_than_a_person_is_told_that_all_is_well(
    site: Site, clock: Clock
) -> None:
    usual = ask(site, email="other@example.org")
    before = snapshot(site.app.engine)
    fields = hidden(site.get("/join"))
    clock.advance(1.9 * SECOND)
    assert site.post("/join", {**JOINING, **fields}).essence == usual.essence
    worker.take_up(site.app)
    assert snapshot(site.app.engine) == before


@pytest.mark.parametrize("fields", [{}, {"email": "no address"}, {"topic": "no-such"}])
def test_a3_whoever_fills_in_the_hidden_field_is_told_that_all_is_well(
    site: Site, fields: dict[str, str]
) -> None:
    usual = ask(site, email="other@example.org")
    before = snapshot(site.app.engine)
    trapped = filled_in(site, {**JOINING, HONEYPOT: "http://spam.example", **fields})
    assert site.post("/join", trapped).essence == usual.essence
    worker.take_up(site.app)
    assert snapshot(site.app.engine) == before


def test_the_hidden_field_is_hidden_from_everybody(site: Site) -> None:
    trap = LexborHTMLParser(site.get("/join").text).css_first(f"#{HONEYPOT}")
    assert trap is not None
    assert trap.attributes["tabindex"] == "-1"
    assert trap.attributes["autocomplete"] == "off"
    assert trap.parent is not None
    assert trap.parent.attributes["aria-hidden"] == "true"
    assert trap.parent.attributes["class"] == "visually-hidden"


def test_a3_one_form_is_good_for_one_mail(site: Site) -> None:
    fields = filled_in(site, JOINING)
    for number in range(5):
        answer = site.post("/join", {**fields, "email": f"stranger{number}@example.org"})
        assert "Check your mail" in answer.text
    assert mails(site.app) == 1


def bad_tokens(site: Site, now: datetime) -> list[str]:
    """Return tokens that open nothing: forged, cut, too old, of tomorrow, for other things."""
    signer, reference = site.app.signer, new_reference()
    good = make(signer, now - 10 * SECOND)
    return [
        "",
        "x",
        "\ud800".encode(errors="replace").decode(),
        good[:-1],
        good[:-1] + ("A" if good[-1] != "A" else "B"),
        make(Signer(["another key of thirty-two signs or more"]), now - 10 * SECOND),
        make(signer, now - FORM_LIVES - SECOND),
        make(signer, now + 10 * SECOND),
        *(signer.sign(purpose, reference) for purpose in Purpose if purpose != Purpose.FORM),
        signer.sign(Purpose.FORM, "____________"),
        signer.sign_dated(Purpose.FORM, good[3:15], now.date()),
        "a" * 60_000,
    ]


def test_a3_a_form_without_a_good_token_gets_a_page_with_one_button(
    site: Site, clock: Clock
) -> None:
    before = snapshot(site.app.engine)
    pages = [site.post("/join", JOINING)]
    pages += [site.post("/join", {**JOINING, FIELD: one}) for one in bad_tokens(site, clock.now)]
    for page in pages:
        assert page.status == 200
        assert "One more press" in page.text
        (form,) = LexborHTMLParser(page.text).css("form")
        assert len(form.css("button")) == 1
        assert form.css("input:not([type=hidden])") == []
    worker.take_up(site.app)
    assert snapshot(site.app.engine) == before


def test_a3_the_button_of_that_page_joins_with_all_that_was_typed(site: Site, clock: Clock) -> None:
    typed = {"email": ADA, "topic": ["jobs", "events"], "name": "Ada", "frequency": "monthly"}
    page = site.post("/join", typed)
    topics = LexborHTMLParser(page.text).css("input[name=topic]")
    assert [one.attributes["value"] for one in topics] == ["events", "jobs"]
    fields = {**hidden(page), "topic": ["events", "jobs"]}
    clock.advance(SECOND)  # there is but one button to press
    assert "Check your mail" in site.post("/join", fields).text
    assert mails(site.app) == 1
    assert standing(site.app.engine) == {"events": "pending", "jobs": "pending"}
    (person,) = snapshot(site.app.engine)["subscriber"]
    assert "Ada" in person


def test_that_page_shows_what_was_typed_as_text(site: Site) -> None:
    page = site.post("/join", {**JOINING, "locale": XSS, "x": XSS, FIELD: XSS})
    assert "<script" not in page.text
    assert hidden(page)["locale"] == XSS
    worker.take_up(site.app)


ELSEWHERE = [
    {"Origin": "https://evil.example"},
    {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
    {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "\xff"},
    {"Origin": "https://news.pinlabs.example.evil.example"},
    {"Origin": "news.pinlabs.example"},
    {"Origin": ""},
]
OURS = [
    {},
    {"Origin": "null", "Sec-Fetch-Site": "same-origin"},
    {"Origin": "https://news.pinlabs.example"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "none"},
]


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("headers", ELSEWHERE)
def test_a3_a_form_from_a_page_of_somebody_else_needs_our_button(
    site: Site, headers: dict[str, str]
) -> None:
    answer = site.request("POST", "/join", filled_in(site, JOINING), headers)
    assert "One more press" in answer.text
    assert mails(site.app) == 0


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("headers", OURS)
def test_a3_a_form_from_our_own_page_is_taken(site: Site, headers: dict[str, str]) -> None:
    answer = site.request("POST", "/join", filled_in(site, JOINING), headers)
    assert "Check your mail" in answer.text
    assert mails(site.app) == 1


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a3_our_own_page_may_be_reached_by_another_name(site: Site) -> None:
    headers = {"Origin": f"http://127.0.0.1:{site.port}"}
    answer = site.request("POST", "/join", filled_in(site, JOINING), headers)
    assert "Check your mail" in answer.text


def test_opening_the_form_writes_nothing(site: Site) -> None:
    before = snapshot(site.app.engine)
    tokens = {hidden(site.get("/join"))[form_token.FIELD] for _ in range(20)}
    assert len(tokens) == 20
    assert snapshot(site.app.engine) == before
