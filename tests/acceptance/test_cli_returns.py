"""`returns`: the mailto form of leaving, mail that is kept aside, and how mail is read."""

import base64
import re
from pathlib import Path

import pytest

from pinlabs_mailer.app import App
from pinlabs_mailer.community import subscribers
from pinlabs_mailer.community.address import parse_address
from pinlabs_mailer.db.engine import reading
from pinlabs_mailer.delivery.envelope import Envelope
from pinlabs_mailer.feedback.taking import LARGEST
from tests.support import returned
from tests.support.contents import contents
from tests.support.installations import add_posts, confirmed
from tests.support.program import Program
from tests.support.relay import Relay, on

from .conftest import TUESDAY

TAKE = ("returns", "take", "-")


@pytest.fixture
def token(inside: App) -> str:
    """What stands in Ada's mails."""
    confirmed(inside, "ada@example.org", "projects", "jobs")
    with reading(inside.engine) as connection:
        ada = subscribers.by_address(connection, parse_address("ada@example.org"))
    return inside.links.unsubscribe_token(ada.reference)


def encoded(words: str) -> str:
    return "=?utf-8?B?" + base64.b64encode(words.encode()).decode() + "?="


def test_h11_a_mail_leaves_every_topic_and_twice_is_friendly(program: Program, token: str) -> None:
    mail = f"From: ada@example.org\r\nSubject: unsubscribe {token}\r\n\r\n".encode()
    taken = program(*TAKE, "--json", stdin=mail)
    assert taken.document == {"kind": "unsubscribe", "left": ["projects", "jobs"]}
    assert program(*TAKE, "--json", stdin=mail).document["left"] == []
    shown = program.json("subscriber", "show", "ada@example.org")
    assert {one["status"] for one in shown["subscriptions"]} == {"withdrawn"}
    assert shown["events"][-1]["source"] == "unsubscribe mail"


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "mail",
    [
        b"From MAILER-DAEMON Tue Nov 24 09:00:00 2026\nsubject: UNSUBSCRIBE\n\tTOKEN\n\nbye\n",
        b"Subject: Re: Unsubscribe TOKEN and thank you\r\n\r\n" + b"x" * 400_000,
        b"\r\nX-Odd: \xff\xfe\r\nSubject: ENCODED\r\n\r\n",
        b"Subject: =?us-ascii?Q?unsubscribe_TO?=\r\n =?us-ascii?Q?KEN?=\r\n\r\n",
    ],
    ids=["mbox, folded, other case", "more words, long body", "base64 word", "split words"],
)
def test_every_spelling_is_understood(program: Program, token: str, mail: bytes) -> None:
    mail = mail.replace(b"TOKEN", token.encode())
    mail = mail.replace(b"ENCODED", encoded(f"unsubscribe {token}").encode())
    first, second = (half.replace("_", "=5F").encode() for half in (token[:9], token[9:]))
    mail = mail.replace(b"TO?=", first + b"?=").replace(b"KEN?=", second + b"?=")
    assert program(*TAKE, "--json", stdin=mail).document["left"] == ["projects", "jobs"]


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_h11_what_is_no_order_of_ours_changes_nothing(
    program: Program, inside: App, token: str, database_url: str
) -> None:
    before = whatever_counts(database_url)
    other = make_confirm_token(inside)
    forged = re.sub(r".$", "A" if token[-1] != "A" else "B", token)
    for subject in (
        f"unsubscribe {forged}",
        f"unsubscribe {token[:-1]}",
        f"unsubscribe {token.swapcase()}",
        f"unsubscribe {other}",
        "unsubscribe",
        "=?utf-8?B?broken",
        "=?no-such-charset?Q?unsubscribe?=",
    ):
        done = program(*TAKE, "--json", stdin=f"Subject: {subject}\n\n".encode(), code=1)
        assert done.out == ""
        assert token not in done.err
    assert whatever_counts(database_url) == before


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_what_is_no_mail_at_all_is_told(program: Program, tmp_path: Path) -> None:
    for rubbish in (b"", b"\0" * 1000, b"\xff\xfe", b"From \n"):
        assert "asks for nothing" in program(*TAKE, stdin=rubbish, code=1).err
    program("returns", "take", "/no/such/folder", code=2)
    program("returns", "take", str(tmp_path), code=2)


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_letter_is_kept_aside_whole_however_large_it_is(program: Program, tmp_path: Path) -> None:
    mail = returned.letter("news@pinlabs.example") + b"and so on\r\n" * 3_000_000
    assert len(mail) > 30_000_000 > LARGEST
    said = program(*TAKE, stdin=mail, code=1).err
    (kept,) = (tmp_path / "pinlabs-mailer.returns" / "new").iterdir()
    assert str(kept) in said
    assert kept.read_bytes() == mail
    assert kept.stat().st_mode & 0o077 == 0
    assert program.json("returns", "show")["months"][0]["unknown"] == 1


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_letter_is_forwarded_and_a_relay_that_is_away_leaves_it_with_the_mail_server(
    program: Program, relay: Relay
) -> None:
    mail = returned.letter("leave@return.pinlabs.example", "Who are you?") + b"more\r\n" * 100_000
    relay.refuse()
    assert "Nothing is lost" in program(*TAKE, stdin=mail, code=75).err
    assert "months" in program.json("returns", "show")
    relay.listen()
    assert program(*TAKE, "--json", stdin=mail).document["outcome"] == "forwarded"
    assert program(*TAKE, "--json", stdin=mail).document["outcome"] == "repeated"
    (passed_on,) = relay.messages
    assert passed_on.recipient == "news@pinlabs.example"
    assert passed_on.data.count(b"more\r\n") == 100_000
    assert program.json("returns", "show")["months"][0]["forwarded"] == 1


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_letter_that_the_relay_refuses_is_kept_aside_whole(
    program: Program, relay: Relay, tmp_path: Path
) -> None:
    mail = returned.letter("leave@return.pinlabs.example") + b"more\r\n" * 3_000_000
    assert "It is kept in" in program(*TAKE, stdin=mail, code=1).err
    relay.play(rules=[on("END", "554 5.7.1 not from there")])
    short = returned.letter("leave@return.pinlabs.example") + b"more\r\n" * 200_000
    assert "It is kept in" in program(*TAKE, stdin=short, code=1).err
    kept = (tmp_path / "pinlabs-mailer.returns" / "new").iterdir()
    assert sorted(len(one.read_bytes()) for one in kept) == sorted([len(mail), len(short)])


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_without_a_place_for_it_the_mail_server_keeps_what_is_not_understood(
    program: Program, tmp_path: Path
) -> None:
    mail = returned.letter("news@pinlabs.example")
    assert "PINLABS_RETURNS_ASIDE" in program(*TAKE, stdin=mail, code=3).err
    program(*TAKE, stdin=mail, code=1, returns_aside=str(tmp_path / "aside"))
    assert len(list((tmp_path / "aside" / "new").iterdir())) == 1


def whatever_counts(database_url: str) -> object:
    """Return what is in the database, but for the number of what came back."""
    found = contents(database_url)
    return {name: rows for name, rows in found.items() if name != "return_count"}


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_inspect_shows_how_returned_mail_is_read_and_changes_nothing(
    program: Program, inside: App, database_url: str, tmp_path: Path
) -> None:
    before = contents(database_url)
    folder = tmp_path / "returned"
    folder.mkdir()
    mail = (
        b"From: MAILER-DAEMON@mx.example.net\nSubject: failure notice\n\n"
        b"I wasn't able to deliver your message to the following addresses.\n\n"
        b"<ada@example.org>:\nSorry, no mailbox here by that name. (#5.1.1)\n"
    )
    (folder / "1.eml").write_bytes(mail)
    (row,) = program.json("returns", "inspect", str(folder))["items"]
    assert row == {
        "file": str(folder / "1.eml"),
        "kind": "hard",
        "recipient": "ada@example.org",
        "status": "5.1.1",
        "reason": "no such mailbox",
        "delivery": "",
        "diagnostic": row["diagnostic"],
    }
    assert "no mailbox here by that name" in row["diagnostic"]
    shown = program("returns", "inspect", str(folder / "1.eml"))
    assert "ada@example.org" in shown.out
    assert shown.err == ""
    assert contents(database_url) == before
    assert program("returns", "inspect", str(tmp_path / "none"), "--json", code=2).out == ""
    (tmp_path / "empty").mkdir()
    assert program.json("returns", "inspect", str(tmp_path / "empty")) == {"items": []}


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_inspect_names_the_delivery_that_a_mail_is_about(
    program: Program, inside: App, relay: Relay, tmp_path: Path
) -> None:
    confirmed(inside, "ada@example.org")
    add_posts(inside, 1, 1, inside.clock())
    inside.open_due(TUESDAY)
    inside.pump.run()
    (mail,) = relay.messages
    file = tmp_path / "bounce.eml"
    file.write_bytes(returned.bounce(Envelope(mail.sender, mail.recipient, mail.data)))
    (row,) = program.json("returns", "inspect", str(file))["items"]
    assert (row["kind"], row["delivery"]) == ("hard", 1)
    assert program.json("suppression", "list")["items"] == []


def make_confirm_token(inside: App) -> str:
    """Return a token that is ours, but for another purpose."""
    return inside.links.confirm("-" * 12).rpartition("/")[2]
