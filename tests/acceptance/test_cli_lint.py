"""`lint`, and what preflight does to `send-digest` and `preview`."""

from pathlib import Path

import pytest

from pinlabs_mailer import resources
from pinlabs_mailer.app import App
from tests.support.contents import contents
from tests.support.installations import add_posts, confirmed
from tests.support.program import Program
from tests.support.relay import Relay

from .conftest import TUESDAY

on_sqlite = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
DUE = ("send-digest", "--now", TUESDAY.isoformat())
NOW = DUE[1:]


@pytest.fixture
def spoiled(tmp_path: Path) -> str:
    """A folder of templates whose digest has a picture without an alt text."""
    ours = resources.directory("templates") / "email" / "_parts" / "digest_close.html"
    own = tmp_path / "own" / "email" / "_parts"
    own.mkdir(parents=True)
    picture = '<img src="https://news.pinlabs.example/p.png" width="9" height="9">'
    html = ours.read_text().replace('<p class="foot-line">', f'<p class="foot-line">{picture}', 1)
    (own / ours.name).write_text(html)
    return str(tmp_path / "own")


@on_sqlite
def test_lint_finds_nothing_in_our_own_mails(program: Program, inside: App) -> None:
    add_posts(inside, 1, 7, inside.clock())
    items = program.json("lint", *NOW)["items"]
    assert {one["mail"].split(" (")[0] for one in items} == {
        "digest", "welcome", "confirm", "already", "renewal", "link, preferences", "link, address",
        "link, move", "link, data", "link, erase", "notice",
    }  # fmt: skip
    folders = {path.name for path in (resources.directory("templates") / "email").glob("[!_]*")}
    assert {one["mail"].split(" ")[0].strip(",") for one in items} == folders
    assert {one["mail"][-4:] for one in items} == {"(en)", "(de)"}
    assert [one for one in items if one["findings"]] == []


@on_sqlite
def test_lint_has_a_post_of_its_own_where_nothing_is_new(program: Program) -> None:
    done = program("lint", *NOW)
    assert "warning" not in done.out
    assert "error" not in done.out
    assert "Mails checked: 22. Nothing to say about: 22." in done.err


@on_sqlite
def test_lint_checks_a_file_and_standard_input(
    program: Program, inside: App, tmp_path: Path
) -> None:
    add_posts(inside, 1, 2, inside.clock())
    program("preview", "--out", "shown", *NOW)
    mail = tmp_path / "shown" / "digest.eml"
    assert program.json("lint", str(mail))["items"][0]["findings"] == []
    unix = mail.read_bytes().replace(b"\r\n", b"\n")
    assert "Nothing to say about: 1." in program("lint", "-", stdin=unix).err
    spoiled = unix.replace(b"Subject: ", b"Subject: Re: ")
    done = program("lint", "-", "--json", stdin=spoiled, code=1)
    (item,) = done.items
    (finding,) = item["findings"]
    assert (finding["rule"], finding["item"], finding["severity"]) == (
        "subject-no-reply", "M11", "error"
    )  # fmt: skip
    assert finding["place"] == "header Subject"
    assert "would stop an issue: 1" in done.err
    done = program("lint", "-", stdin=spoiled, code=1, postal_address="Elsewhere 1")
    assert "error: M26 postal-address, text part: It has no postal address." in done.out


@on_sqlite
@pytest.mark.parametrize("content", [None, b"", b"\n\n"])
def test_lint_refuses_what_it_cannot_read(
    program: Program, tmp_path: Path, content: bytes | None
) -> None:
    if content is not None:
        (tmp_path / "mail.eml").write_bytes(content)
    assert "Name a file with one mail" in program("lint", "mail.eml", code=2).err
    assert "cannot be read" in program("lint", str(tmp_path), code=2).err


def test_lint_of_a_file_needs_no_installation(tmp_path: Path) -> None:
    (tmp_path / "mail.eml").write_bytes(b"From: a@b.example\r\n\r\nx\r\n")
    done = Program({})("lint", "mail.eml", code=1)
    assert "M9 alternatives" in done.out
    assert "ours is" not in done.out
    assert [path.name for path in tmp_path.iterdir()] == ["mail.eml"]


@on_sqlite
def test_a_faulty_template_stops_the_issue_and_nobody_is_mailed(
    program: Program, inside: App, relay: Relay, database_url: str, spoiled: str
) -> None:
    confirmed(inside, "ada@example.org", name="Ada")
    add_posts(inside, 1, 2, inside.clock())
    before = contents(database_url)
    rehearsed = program(*DUE, "--dry-run", "--json", code=3, templates=spoiled)
    (finding,) = rehearsed.document["findings"]
    assert (finding["rule"], finding["severity"]) == ("image-alt", "error")
    done = program(*DUE, code=3, templates=spoiled)
    assert rehearsed.err == done.err
    assert "nobody was mailed" in done.err
    assert (
        "error: M29 image-alt, <img https://news.pinlabs.example/p.png>: It has no alt" in done.err
    )
    assert 'alt=""' in done.err
    assert contents(database_url) == before
    assert relay.connections == 0
    assert "image-alt" in program("preview", "--out", "shown", *NOW, templates=spoiled).err
    assert "image-alt" in program("lint", *NOW, code=1, templates=spoiled).out
    program(*DUE)
    assert len(relay.messages) == 1


@on_sqlite
def test_a_warning_is_shown_and_the_issue_goes_out(
    program: Program, inside: App, relay: Relay
) -> None:
    confirmed(inside, "ada@example.org", name="Ada")
    program("post", "add", "--url", "http://blog.example/3", "--title", "Three",
            "--date", "2026-11-20")  # fmt: skip
    said = "warning: M29 link-https, <a http://blog.example/3>: It is http."
    assert said in program("preview", "--out", "shown", *NOW).err
    assert said in program(*DUE, "--dry-run").out
    assert said in program(*DUE).err
    assert len(relay.messages) == 1
