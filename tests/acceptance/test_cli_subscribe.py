"""`subscribe` and `unsubscribe`: what they record, and when the confirmation mail goes."""

from typing import Any

import pytest

from tests.support.program import Program
from tests.support.relay import Relay, on


def test_subscribing_asks_for_confirmation_at_once(program: Program, relay: Relay) -> None:
    person = program.json(
        "subscribe", "Ada@Example.org", "--topic", "projects", "--topic", "jobs", "--name", "Ada",
        "--locale", "de", "--timezone", "Europe/Berlin", "--frequency", "weekly",
        "--source", "a fair",
    )  # fmt: skip
    assert (person["email"], person["name"]) == ("Ada@example.org", "Ada")
    assert (person["locale"], person["timezone"]) == ("de", "Europe/Berlin")
    assert "reference" not in person
    assert [(s["topic"], s["status"], s["frequency"]) for s in person["subscriptions"]] == [
        ("projects", "pending", "weekly"),
        ("jobs", "pending", "weekly"),
    ]
    assert {event["source"] for event in person["events"]} == {"a fair"}
    (mail,) = relay.messages
    assert mail.recipient == "Ada@example.org"
    assert b"/confirm/" in mail.data


def test_a_dead_relay_only_delays_the_confirmation(program: Program, relay: Relay) -> None:
    relay.refuse()
    done = program("subscribe", "ada@example.org", "--json")
    assert "waits in the outbox" in done.err
    assert done.document["subscriptions"][0]["status"] == "pending"
    assert program("work", "--until-idle", code=75, max_age="1s").out == ""
    relay.listen()
    assert program.json("work", "--until-idle", max_age="1s")["accepted"] == 1
    assert [mail.recipient for mail in relay.messages] == ["ada@example.org"]


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_no_wait_only_queues(program: Program, relay: Relay) -> None:
    program("subscribe", "ada@example.org", "--no-wait")
    assert relay.connections == 0


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_refused_confirmation_shows(program: Program, relay: Relay) -> None:
    relay.play(rules=(on("RCPT", "550 5.1.1 No such user"),))
    done = program("subscribe", "typo@example.org", "--json", code=1)
    assert "550 5.1.1 No such user" in done.err
    assert done.document["suppressed"] == "bounce"


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_consent_given_elsewhere_needs_its_evidence(program: Program, relay: Relay) -> None:
    program("subscribe", "ada@example.org", "--confirmed", code=2)
    program("subscribe", "ada@example.org", "--evidence", "a form", code=2)
    person = program.json("subscribe", "ada@example.org", "--confirmed", "--evidence", "a form")
    assert person["subscriptions"][0]["status"] == "confirmed"
    assert person["events"][0]["evidence"] == "a form"
    left = program.json("unsubscribe", "ada@example.org", "--reason", "asked by phone")
    assert left["subscriptions"][0]["status"] == "withdrawn"
    program("subscribe", "ada@example.org", "--confirmed", "--evidence", "a form", code=2)
    assert relay.messages == []


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_suppressed_address_is_not_mailed_and_that_shows(program: Program, relay: Relay) -> None:
    program("suppression", "add", "no@example.org")
    done = program("subscribe", "no@example.org", "--json")
    assert "no mail goes there" in done.err
    assert done.document == {"email": "no@example.org", "suppressed": "manual"}
    assert relay.messages == []


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_subscribing_needs_no_relay_and_no_sender(program: Program) -> None:
    for missing in ("smtp_url", "from", "base_url"):
        unset: dict[str, Any] = {missing: ""}
        done = program("subscribe", f"{missing.replace('_', '')}@example.org", **unset)
        assert f"PINLABS_{missing.upper()} is not set" in done.err
