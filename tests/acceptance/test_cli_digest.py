"""`send-digest`, `preview`, `send-test`: who is mailed, and who is not."""

from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest

from pinlabs_mailer.app import App
from tests.support.contents import contents
from tests.support.installations import add_posts, confirmed
from tests.support.program import Program
from tests.support.relay import Relay, on

from .conftest import TUESDAY

DUE = ("send-digest", "--now", TUESDAY.isoformat())
NEXT_WEEK = ("send-digest", "--now", (TUESDAY + timedelta(weeks=1)).isoformat())


@pytest.fixture
def readers(inside: App) -> None:
    """Bring the installation to where two people wait for two posts."""
    confirmed(inside, "ada@example.org", name="Ada")
    confirmed(inside, "eve@example.org")
    add_posts(inside, 1, 2, inside.clock())


@pytest.mark.usefixtures("readers")
def test_a_dry_run_and_a_preview_change_nothing(
    program: Program, relay: Relay, database_url: str, tmp_path: Path
) -> None:
    before = contents(database_url)
    drawn = program.json(*DUE, "--dry-run")
    assert (drawn["due"], drawn["readers"]) == ("2026-11-24", 2)
    assert drawn["editions"] == [{"readers": 2, "language": "en", "posts": ["Post 1", "Post 2"]}]
    out = tmp_path / "shown" / "here"
    shown = program.json("preview", "--for", "ADA@example.org", "--out", str(out), *DUE[1:])
    assert sorted(path.name for path in out.iterdir()) == [
        "digest.eml", "digest.html", "digest.txt"
    ]  # fmt: skip
    assert sorted(shown["files"]) == sorted(map(str, out.iterdir()))
    mail = message_from_bytes((out / "digest.eml").read_bytes(), policy=policy.default)
    assert (mail["Subject"], mail["To"]) == (shown["subject"], "Ada <ada@example.org>")
    assert "Hello Ada," in (out / "digest.txt").read_text()
    assert contents(database_url) == before
    assert relay.connections == 0


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@pytest.mark.usefixtures("readers")
@pytest.mark.parametrize("missing", ["smtp_url", "postal_address"])
def test_a_dry_run_ends_as_the_run_would(program: Program, missing: str) -> None:
    without: dict[str, Any] = {missing: ""}
    dry = program(*DUE, "--dry-run", code=3, **without)
    assert dry.err == program(*DUE, code=3, **without).err
    assert f"PINLABS_{missing.upper()} is not set" in dry.err
    assert program.json(*DUE, "--dry-run")["findings"] == []


@pytest.mark.usefixtures("readers")
def test_sending_in_two_steps_and_again_mails_once(program: Program, relay: Relay) -> None:
    planned = program.json(*DUE, "--no-wait", smtp_url="")
    assert (planned["status"], planned["waiting"], planned["total"]) == ("sending", 2, 2)
    assert relay.connections == 0
    for _ in range(2):
        report = program.json(*DUE)
        assert (report["status"], report["accepted"]) == ("sent", 2)
    assert sorted(mail.recipient for mail in relay.messages) == [
        "ada@example.org", "eve@example.org"
    ]  # fmt: skip


@pytest.mark.usefixtures("readers")
def test_a_dead_relay_ends_with_75_and_consumes_nothing(program: Program, relay: Relay) -> None:
    relay.refuse()
    done = program(*DUE, "--json", code=75)
    assert "Nothing is lost" in done.err
    assert (done.document["waiting"], done.document["total"]) == (2, 2)
    relay.listen()
    assert program.json(*DUE)["accepted"] == 2


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@pytest.mark.usefixtures("readers")
def test_what_is_refused_now_waits_and_what_is_refused_for_good_shows(
    program: Program, relay: Relay
) -> None:
    relay.play(rules=(on("RCPT", "451 4.3.0 Later", to="ada@example.org"),))
    report = program.json(*DUE)
    assert (report["accepted"], report["waiting"]) == (1, 1)
    (waiting,) = program.json("delivery", "list", "--issue", "1", "--status", "planned")["items"]
    assert (waiting["attempts"], waiting["reply"]) == (1, "451 4.3.0 Later")
    relay.play(rules=(on("RCPT", "550 5.1.1 No such user", to="eve@example.org"),))
    program("post", "add", "--url", "https://pinlabs.example/3", "--title", "Three",
            "--date", "2026-11-25")  # fmt: skip
    done = program(*NEXT_WEEK, "--json", code=1)
    assert (done.document["accepted"], done.document["failed"]) == (1, 1)
    assert "failed for good: 1" in done.err


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@pytest.mark.usefixtures("readers")
def test_a_test_mail_arrives_and_counts_nowhere(
    program: Program, relay: Relay, database_url: str
) -> None:
    before = contents(database_url)
    sent = program.json("send-test", "boss@example.net", *DUE[1:])
    assert (sent["to"], sent["reply"][:3]) == ("boss@example.net", "250")
    (mail,) = relay.messages
    assert mail.recipient == "boss@example.net"
    subject = message_from_bytes(mail.data, policy=policy.default)["Subject"]
    assert subject.startswith("[Test] ")
    assert b"/archive" not in mail.data
    assert b"View in browser" not in mail.data
    assert contents(database_url) == before
    relay.refuse()
    program("send-test", "boss@example.net", *DUE[1:], code=75)


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@pytest.mark.usefixtures("readers")
def test_only_to_redirects_every_mail(program: Program, relay: Relay) -> None:
    only: dict[str, Any] = {"only_to": "staging@example.net"}
    program("send-test", "boss@example.net", *DUE[1:], **only)
    program(*DUE, **only)
    program("subscribe", "new@example.org", **only)
    assert {mail.recipient for mail in relay.messages} == {"staging@example.net"}
    assert len(relay.messages) == 4
    for mail in relay.messages:
        to = message_from_bytes(mail.data, policy=policy.default)["To"]
        assert to.addresses[0].addr_spec == "staging@example.net"


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_nothing_new_is_no_failure(program: Program, tmp_path: Path) -> None:
    skipped = program.json(*DUE)
    assert (skipped["status"], skipped["total"]) == ("skipped", 0)
    done = program("preview", "--out", "shown", *DUE[1:], "--json")
    assert done.document == {"subject": None, "files": []}
    assert not (tmp_path / "shown").exists()
    assert "Import posts" in program("send-test", "boss@example.net", *DUE[1:], code=2).err
