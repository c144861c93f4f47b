"""`topic edit`, `topic retire`, `delivery retry` and `subscriber resend-confirmation`."""

from pathlib import Path

import pytest

from tests.support.program import Program
from tests.support.relay import Relay, on

pytestmark = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)

KEY = "2026-11-24"
NOW = f"{KEY}T09:00:00Z"


def test_a_topic_in_other_words(program: Program) -> None:
    program("topic", "add", "talks", "--title", "Talks")
    edited = program.json("topic", "edit", "talks", "--title", "Our talks", "--description", "New.")
    assert (edited["slug"], edited["title"], edited["description"]) == (
        "talks",
        "Our talks",
        "New.",
    )
    assert program.json("topic", "edit", "talks")["title"] == "Our talks"
    program("topic", "edit", "none", "--title", "None", code=2)
    program("topic", "edit", "talks", "--title", " ", code=2)


def test_a_retired_topic_is_offered_nowhere_until_it_is_back(program: Program) -> None:
    program("subscribe", "ada@example.org", "--topic", "jobs", "--confirmed", "--evidence", "form")
    assert program.json("topic", "retire", "jobs")["retired_at"]
    listed = {one["slug"]: one["retired_at"] for one in program("topic", "list", "--json").items}
    assert listed["jobs"]
    assert listed["projects"] is None
    for words in (
        ("subscribe", "bob@example.org", "--topic", "jobs"),
        ("post", "add", "--url", "https://a.example/1", "--title", "A", "--topic", "jobs"),
        ("source", "add", "feed", "https://a.example/feed", "--topic", "jobs"),
        ("join-form", "--topic", "jobs"),
    ):
        assert "'jobs' is retired" in program(*words, code=2).err
    assert 'value="jobs"' not in program("join-form").out
    person = program.json("subscriber", "show", "ada@example.org")
    assert person["subscriptions"][0]["status"] == "confirmed"
    assert program.json("topic", "retire", "jobs", "--undo")["retired_at"] is None
    assert 'value="jobs"' in program("join-form").out
    person = program.json("unsubscribe", "ada@example.org", "--topic", "jobs")
    assert person["subscriptions"][0]["status"] == "withdrawn"


def test_a_row_that_names_a_retired_topic_is_refused_alone(
    program: Program, tmp_path: Path
) -> None:
    program("topic", "retire", "jobs")
    file = tmp_path / "people.csv"
    file.write_text("email,topics\nada@example.org,jobs\nbob@example.org,events\n")
    done = program("import", str(file), code=1)
    assert "Rows that were not taken in: 1 of 2" in done.err
    assert (
        "there is no topic 'jobs', or it is retired"
        in (tmp_path / "people.csv.report.csv").read_text()
    )
    program("import", str(file), "--topic", "jobs", code=2)


def test_what_was_refused_is_put_back_and_sent(program: Program, relay: Relay) -> None:
    for name in ("ada", "bob"):
        email = f"{name}@example.org"
        program("subscribe", email, "--confirmed", "--evidence", "a form")
    program("post", "add", "--url", "https://a.example/1", "--title", "A", "--date", NOW)
    relay.play(rules=(on("RCPT", "550 5.7.1 not today"),))
    program("send-digest", "--now", NOW, code=1)
    relay.play(rules=())
    failed = program("delivery", "list", "--issue", KEY, "--status", "failed", "--json").items
    assert len(failed) == 2
    one = program.json("delivery", "retry", str(failed[0]["id"]))
    assert (one["status"], one["tries"][-1]["reply"]) == ("planned", "put back by the operator")
    program("delivery", "retry", str(failed[0]["id"]), code=2)
    assert program.json("delivery", "retry", "--issue", KEY, "--held")["put_back"] == 0
    rest = program.json("delivery", "retry", "--issue", KEY)
    assert (rest["put_back"], rest["waiting"], rest["total"]) == (1, 2, 2)
    program("delivery", "check")
    program("send-digest", "--now", NOW)
    assert sorted(message.recipient for message in relay.messages) == [
        "ada@example.org",
        "bob@example.org",
    ]
    shown = program.json("issue", "show", KEY)
    assert (shown["accepted"], shown["failed"], shown["status"]) == (2, 0, "sent")
    program("delivery", "check")


@pytest.mark.parametrize(
    "words", [(), ("1", "--issue", KEY), ("1", "--held"), ("999",), ("--issue", "none")]
)
def test_a_retry_that_names_nothing_to_try_is_wrong_usage(
    program: Program, words: tuple[str, ...]
) -> None:
    program("delivery", "retry", *words, code=2)


def test_a_confirmation_is_asked_for_once_more(program: Program, relay: Relay) -> None:
    program("subscribe", "ada@example.org", "--frequency", "weekly", "--locale", "de")
    person = program.json("subscriber", "resend-confirmation", "ada@example.org")
    assert [(s["status"], s["frequency"]) for s in person["subscriptions"]] == [
        ("pending", "weekly")
    ]
    assert [message.recipient for message in relay.messages] == ["ada@example.org"] * 2
    program("subscriber", "resend-confirmation", "ada@example.org", "--no-wait")
    assert len(relay.messages) == 2
    program("subscriber", "resend-confirmation", "bob@example.org", code=2)
    program("unsubscribe", "ada@example.org")
    done = program("subscriber", "resend-confirmation", "ada@example.org", code=2)
    assert "nothing that ada@example.org could confirm" in done.err
