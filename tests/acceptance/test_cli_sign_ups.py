"""`sign-ups` and `join-form`, as an operator uses them."""

from datetime import timedelta
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser

from pinlabs_mailer.app import App, worker
from pinlabs_mailer.community import joining, limits, sign_ups
from pinlabs_mailer.community.address import parse_address
from pinlabs_mailer.db.engine import writing
from tests.support.program import Program

ADA = "ada@example.org"


def sent(app: App, number: int) -> None:
    """Let somebody have sent the form, and have it looked at."""
    wanted = joining.Request(parse_address(f"reader{number}@example.org"), ("projects",))
    form = sign_ups.SignUp(
        wanted, f"{number:012}", "I agree.", "join 1", "en", "our join page", "", ""
    )
    with writing(app.engine) as connection:
        sign_ups.put(connection, form, app.clock() - timedelta(minutes=1))


def test_a13_a_pause_is_shown_and_can_be_ended(program: Program, inside: App) -> None:
    ceiling: dict[str, Any] = {"join_ceiling": "2"}
    for number in range(3):
        sent(inside, number)
    shown = program.json("sign-ups", "show", **ceiling)
    assert shown == {"mails": 0, "ceiling": 2, "paused_until": None, "waiting": 3}
    assert "Sign-ups pause until" in program("work", "--until-idle", **ceiling).err
    shown = program.json("sign-ups", "show", **ceiling)
    assert (shown["mails"], shown["waiting"]) == (2, 0)
    assert shown["paused_until"] is not None
    shown = program.json("sign-ups", "resume", **ceiling)
    assert shown == {"mails": 0, "ceiling": 2, "paused_until": None, "waiting": 0}


def test_subscribe_is_bound_by_no_limit(program: Program) -> None:
    for _ in range(5):
        program("subscribe", ADA, "--no-wait", join_ceiling="1", join_per_domain="1")
    assert program.json("sign-ups", "show")["mails"] == 0


def test_a7_subscribe_does_not_mail_who_asked_for_no_more(program: Program, inside: App) -> None:
    with writing(inside.engine) as connection:
        limits.stop(connection, inside.limits, ADA)
    done = program("subscribe", ADA, code=2)
    assert f"sign-ups allow {ADA}" in done.err
    assert program.json("sign-ups", "allow", ADA) == {"email": ADA, "was_stopped": True}
    program("subscribe", ADA, "--no-wait")
    assert program.json("sign-ups", "allow", ADA) == {"email": ADA, "was_stopped": False}


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_c2_the_form_for_a_page_of_ones_own_ticks_nothing(program: Program) -> None:
    printed = program("join-form").out
    page = LexborHTMLParser(printed)
    (form,) = page.css("form")
    assert form.attributes["action"] == "https://news.pinlabs.example/join"
    assert form.attributes["method"] == "post"
    assert page.css("script, style, link, img, iframe") == []
    boxes = page.css("input[type=checkbox]")
    assert [box.attributes["value"] for box in boxes] == ["projects", "events", "jobs"]
    assert not any("checked" in box.attributes for box in boxes)
    labelled = {label.attributes["for"] for label in page.css("label")}
    visible = page.css("input:not([type=hidden])")
    assert {one.attributes["id"] for one in visible} == labelled
    assert len(page.css("button[type=submit]")) == 1


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_the_form_may_offer_some_topics_only(program: Program) -> None:
    some = LexborHTMLParser(program("join-form", "--topic", "jobs", "--topic", "events").out)
    assert [box.attributes["value"] for box in some.css("input[type=checkbox]")] == [
        "events",
        "jobs",
    ]
    one = LexborHTMLParser(program("join-form", "--topic", "jobs").out)
    assert [box.attributes["value"] for box in one.css("input[name=topic]")] == ["jobs"]
    assert "Job openings" in one.text()
    assert "There is no topic" in program("join-form", "--topic", "nope", code=2).err


def test_what_nobody_has_looked_at_is_taken_up_once(program: Program, inside: App) -> None:
    sent(inside, 1)
    program("work", "--until-idle")
    worker.take_up(inside)
    assert program.json("subscriber", "list")["items"][0]["topics"] == {"projects": "pending"}
