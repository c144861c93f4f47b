"""`consent verify` and `consent proof`: whether the record holds, and what it proves."""

import json
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser
from sqlalchemy import text

from pinlabs_mailer.app import App
from pinlabs_mailer.db.engine import writing
from tests.support.installations import confirmed
from tests.support.program import Program

HOSTILE = "</dd><script>alert(1)</script>"


@pytest.fixture
def people(program: Program) -> None:
    program("subscribe", "ada@example.org", "--no-wait", "--source", HOSTILE)
    program(
        "subscribe",
        "bob@example.org",
        "--confirmed",
        "--evidence",
        "signed",
        "--frequency",
        "weekly",
    )
    program("unsubscribe", "bob@example.org", "--reason", "moved on")


def tamper(inside: App, statement: str) -> None:
    with writing(inside.engine) as connection:
        connection.execute(text(statement))


@pytest.mark.usefixtures("people")
def test_a_sound_record_verifies(program: Program) -> None:
    done = program("consent", "verify", "--json")
    assert done.document == {"people": 2, "events": 3, "before_chain": 0, "faults": 0, "items": []}
    assert "3 events of 2 people" in program("consent", "verify").err


@pytest.mark.usefixtures("people")
def test_a_broken_chain_is_exit_code_1_and_named(program: Program, inside: App) -> None:
    tamper(inside, "UPDATE consent_event SET actor = 'person' WHERE id = 2")
    done = program("consent", "verify", "--json", code=1)
    assert done.document["faults"] == 1
    (fault,) = done.document["items"]
    assert (fault["email"], fault["event"], fault["topic"]) == ("bob@example.org", 1, "projects")
    assert "changed after it was recorded" in fault["fault"]
    assert "bob@example.org" in program("consent", "verify", code=1).out


@pytest.mark.usefixtures("people")
def test_c08_the_proof_shows_everything_and_outlives_the_withdrawal(
    program: Program, tmp_path: Path
) -> None:
    out = tmp_path / "proof"
    done = program("consent", "proof", "bob@example.org", "--out", str(out), "--json")
    assert done.document["verified"] is True
    made = json.loads((out / "consent-proof.json").read_text())
    assert [event["change"] for event in made["events"]] == ["confirmed", "withdrawn"]
    first, last = made["events"]
    assert (first["actor"], first["evidence"], first["frequency"]) == (
        "operator",
        "signed",
        "weekly",
    )
    assert (last["evidence"], last["email"]) == ("moved on", "bob@example.org")
    assert made["chain"] == {
        "verified": True, "faults": [], "before_chain": 0, "seal": made["chain"]["seal"],
    }  # fmt: skip
    page = LexborHTMLParser((out / "consent-proof.html").read_text())
    shown = page.body.text() if page.body else ""
    for words in ("The chain verifies", "Consent withdrawn", "moved on", "once a week", "operator"):
        assert words in shown
    assert not page.css("script, img, link, iframe")


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@pytest.mark.usefixtures("people")
def test_the_proof_escapes_what_came_from_outside(program: Program, tmp_path: Path) -> None:
    program("consent", "proof", "ada@example.org", "--out", str(tmp_path))
    page = LexborHTMLParser((tmp_path / "consent-proof.html").read_text())
    assert not page.css("script")
    assert page.body is not None
    assert HOSTILE in page.body.text()


@pytest.mark.usefixtures("people")
def test_the_proof_says_what_is_broken(program: Program, inside: App, tmp_path: Path) -> None:
    tamper(inside, "UPDATE subscription SET status = 'confirmed' WHERE subscriber_id = 2")
    confirmed(inside, "eve@example.org")
    out = str(tmp_path)
    assert (
        "does not verify"
        in program("consent", "proof", "bob@example.org", "--out", out, code=1).err
    )
    assert "not what follows" in (tmp_path / "consent-proof.html").read_text()
    program("consent", "proof", "eve@example.org", "--out", out)


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@pytest.mark.usefixtures("people")
def test_the_proof_of_nobody_and_the_one_that_cannot_be_written(
    program: Program, tmp_path: Path
) -> None:
    done = program("consent", "proof", "nobody@example.org", "--out", str(tmp_path), code=2)
    assert "Nobody with the address" in done.err
    (tmp_path / "file").write_text("")
    done = program("consent", "proof", "ada@example.org", "--out", str(tmp_path / "file"), code=2)
    assert "--out" in done.err


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@pytest.mark.usefixtures("people")
def test_rows_that_cannot_be_read_are_told(program: Program, inside: App, tmp_path: Path) -> None:
    tamper(inside, "UPDATE consent_event SET at = 'yesterday' WHERE id = 2")
    (fault,) = program("consent", "verify", "--json", code=1).document["items"]
    assert (fault["email"], fault["event"]) == ("bob@example.org", None)
    done = program("consent", "proof", "bob@example.org", "--out", str(tmp_path), code=1)
    assert "cannot be read" in done.err
    assert not list(tmp_path.glob("*.html"))


def test_the_form_of_network_addresses_is_a_setting(program: Program) -> None:
    done = program("consent", "verify", code=3, consent_network="maybe")
    assert "PINLABS_CONSENT_NETWORK" in done.err
