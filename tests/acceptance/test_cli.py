"""What the commands print: one JSON document with --json, and words for people elsewhere."""

import pytest

from pinlabs_mailer.app import App
from tests.support.installations import add_posts, confirmed
from tests.support.program import Program
from tests.support.relay import Relay, on

from .conftest import TUESDAY

NUMBERS = {
    "total": 2, "waiting": 0, "accepted": 1, "failed": 1,
    "skipped": 0, "expired": 0, "in_doubt": 0, "held": 0,
}  # fmt: skip


@pytest.fixture
def sent(inside: App, relay: Relay) -> None:
    """Bring the installation to where one issue has gone out, and one reader was refused."""
    relay.play(rules=(on("RCPT", "550 5.1.1 No such user", to="gone@example.org"),))
    confirmed(inside, "ada@example.org", name="Ada")
    confirmed(inside, "gone@example.org")
    add_posts(inside, 1, 3, inside.clock())
    inside.open_due(TUESDAY)
    inside.pump.run()


@pytest.mark.usefixtures("sent")
def test_lists_are_items_of_one_document(program: Program) -> None:
    for words, columns in (
        ("db current", None),
        ("topic list", {"slug", "title", "description"}),
        ("subscriber list", {"id", "email", "name", "created_at", "topics"}),
        ("post list", {"id", "topic", "title", "url", "published_at", "first_seen_at"}),
        ("issue list", {"id", "key", "status", "subject", *NUMBERS}),
        ("delivery list --issue 2026-11-24", {"id", "email", "status", "reason", "reply"}),
        ("suppression list", {"email_key", "reason", "since"}),
    ):
        done = program(*words.split(), "--json")
        assert done.err == ""
        if columns is not None:
            assert list(done.document) == ["items"]
            assert columns <= done.items[0].keys(), words


@pytest.mark.usefixtures("sent")
def test_an_issue_is_shown_by_id_and_by_key(program: Program) -> None:
    shown = program.json("issue", "show", "1")
    assert shown == program.json("issue", "show", "2026-11-24")
    assert {name: shown[name] for name in NUMBERS} == NUMBERS
    assert {"id", "key", "status", "editions"} <= shown.keys()
    assert (shown["key"], shown["status"], shown["editions"]) == ("2026-11-24", "sent", 1)


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@pytest.mark.usefixtures("sent")
def test_a_delivery_tells_what_the_relay_said(program: Program) -> None:
    (refused,) = program.json("delivery", "list", "--issue", "1", "--status", "failed")["items"]
    shown = program.json("delivery", "show", str(refused["id"]))
    assert shown["email"] == "gone@example.org"
    assert (shown["reason"], shown["tries"][0]["code"]) == ("no such mailbox", 550)
    assert program.json("subscriber", "show", "gone@example.org")["suppressed"] == "bounce"


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@pytest.mark.usefixtures("sent")
def test_people_get_tables_and_fields(program: Program) -> None:
    listed = program("issue", "list").out.splitlines()
    assert listed[0].split()[:3] == ["id", "key", "status"]
    assert listed[1].split()[:3] == ["1", "2026-11-24", "sent"]
    shown = program("subscriber", "show", "ada@example.org").out
    assert "name: Ada\n" in shown
    assert "projects, confirmed" in shown


def test_each_change_is_reported_as_one_document(program: Program) -> None:
    assert program.json("db", "check")["pending"] is False
    assert program.json("db", "upgrade")["revision"] == program.json("db", "current")["head"]
    assert program.json("topic", "add", "talks", "--title", "Talks")["slug"] == "talks"
    added = ("post", "add", "--url", "https://pinlabs.example/projects/new", "--title", "New")
    assert program.json(*added) == {"added": 1, "changed": 0}
    assert program.json("post", "show", "1")["title"] == "New"
    assert program.json("suppression", "add", "no@example.org")["reason"] == "manual"
    assert program.json("suppression", "remove", "no@example.org")["reason"] is None
    assert program.json("send-digest", "--now", "2026-11-23T12:30:00Z") == {"status": "nothing due"}


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_config_show_hides_secrets_and_names_sources(program: Program) -> None:
    done = program(
        "config", "show", "--json",
        smtp_url="smtp+starttls://pin:hush@mail.example:587", max_posts="4",
    )  # fmt: skip
    shown = done.document
    assert "hush" not in done.out
    assert "key for tests" not in done.out
    assert shown["PINLABS_SMTP_URL"]["value"] == "smtp+starttls://pin:(hidden)@mail.example:587"
    assert shown["PINLABS_MAX_POSTS"] == {"value": "4", "from": "PINLABS_MAX_POSTS"}
    assert shown["PINLABS_TIMEZONE"] == {"value": "UTC", "from": "default"}
