"""Letters from a Maildir and from a mailbox: what waits stays there and is tried again."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pinlabs_mailer.app import returning as parts
from pinlabs_mailer.feedback.forwarding import LONGEST
from pinlabs_mailer.feedback.intake import imap, maildir
from pinlabs_mailer.feedback.taking import GROUP
from pinlabs_mailer.settings.accounts import imap as account_of
from tests.store.returning import BOB, Scene, scene
from tests.store.test_forwarding import TEAM, letter, relay_of
from tests.store.test_maildir import files, outcomes, put
from tests.support import returned
from tests.support.imap import ImapServer
from tests.support.relay import Relay


@pytest.fixture
def sent(database_url: str, relay: Relay) -> Iterator[Scene]:
    with scene(database_url, smtp_url=relay_of(relay), reply_to=TEAM) as one:
        one.send()
        yield one


def test_a_long_letter_is_passed_on_whole_and_one_that_is_too_long_kept(
    sent: Scene, relay: Relay, tmp_path: Path
) -> None:
    box = tmp_path / "box"
    some, many = (letter(sent) + b"and so on\n" * number for number in (100_000, LONGEST // 10))
    put(box, some, many)
    assert outcomes(sent, box) == ["forwarded", "unknown"]
    (mail,) = relay.messages
    assert mail.data.endswith(b"and so on\r\n")
    assert mail.data.count(b"and so on\r\n") == 100_000
    assert files(box / ".aside", "new") == [many]


def test_in_a_maildir_what_waits_stays_and_what_went_is_seen(
    sent: Scene, relay: Relay, tmp_path: Path
) -> None:
    box = tmp_path / "box"
    raw = letter(sent)
    put(box, raw, returned.bounce(sent.mails[BOB]))
    relay.refuse()
    assert outcomes(sent, box) == ["taken", "waiting"]
    assert (files(box, "new"), files(box / maildir.ASIDE, "new")) == ([raw], [])
    relay.listen()
    sent.later(minutes=2)
    assert outcomes(sent, box) == ["forwarded"]
    assert (files(box, "new"), len(files(box, "cur"))) == ([], 2)


def mailbox(server: ImapServer, user: str = "returns") -> str:
    return f"imap://{user}:a%20pass%2Fword@127.0.0.1:{server.port}"


def from_mailbox(sent: Scene, server: ImapServer) -> list[str]:
    account = account_of(mailbox(server))
    return [act.outcome for one in imap.take(sent.app.mailbox_taker, account) for act in one]


def test_in_a_mailbox_what_waits_is_tried_again_and_nothing_else_is(
    sent: Scene, relay: Relay
) -> None:
    with ImapServer() as server:
        assert from_mailbox(sent, server) == []
        server.put(letter(sent), returned.letter(TEAM), returned.bounce(sent.mails[BOB]))
        relay.refuse()
        assert from_mailbox(sent, server) == ["waiting", "unknown", "taken"]
        sent.later(minutes=2)
        server.put(returned.letter(TEAM, "Another"))
        relay.listen()
        assert from_mailbox(sent, server) == ["forwarded", "unknown"]
        assert from_mailbox(sent, server) == []
        assert len(server.folders["INBOX"]) == 2
        assert len(server.folders[imap.FOLDER]) == 2


def test_letters_that_were_there_before_us_stay_where_they_are(sent: Scene, relay: Relay) -> None:
    with ImapServer() as server:
        server.put(*[letter(sent, f"Old {number}") for number in range(2 * GROUP)])
        server.put(returned.bounce(sent.mails[BOB]))
        run = imap.take(sent.app.mailbox_taker, account_of(mailbox(server)))
        next(run)
        run.close()  # type: ignore[attr-defined]  # as when the process ends in the middle
        server.put(letter(sent, "New"))
        assert from_mailbox(sent, server)[-3:] == ["unknown", "taken", "forwarded"]
        assert len(server.folders["INBOX"]) == 2 * GROUP
        assert len(relay.messages) == 1
        server.validity = 2  # the server counts anew
        assert set(from_mailbox(sent, server)) == {"unknown"}
        server.put(letter(sent, "Newer"))
        assert from_mailbox(sent, server) == ["forwarded"]
        assert len(relay.messages) == 2


def test_in_a_mailbox_only_letters_to_us_are_passed_on(sent: Scene, relay: Relay) -> None:
    with ImapServer() as server:
        assert from_mailbox(sent, server) == []
        path = sent.mails[BOB].sender
        server.put(
            returned.letter("me@home.example", "private", From="Mum <mum@example.net>"),
            returned.letter("me@home.example", f"You wrote:\nReturn-Path: <{path}>"),
            returned.letter("News <News@pinlabs.example>", "to the sender"),
            returned.letter("me@home.example", "to Bob's mail", Delivered_To=path),
        )
        assert from_mailbox(sent, server) == ["unknown", "unknown", "forwarded", "forwarded"]
        assert len(server.folders["INBOX"]) == 2


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("given", "user", "forwards"),
    [
        ({"reply_to": TEAM}, "returns", True),
        ({"reply_to": TEAM}, "team", False),
        ({"reply_to": TEAM}, "TEAM%40pinlabs.example", False),
        ({"return_domain": ""}, "u4711", False),
        ({"return_domain": "", "reply_to": TEAM}, "u4711", True),
        ({}, "u4711", True),
        ({}, "news%40pinlabs.example", False),
    ],
)
def test_letters_in_the_mailbox_where_they_are_answered_are_left_alone(
    database_url: str, given: dict[str, str], user: str, forwards: bool
) -> None:
    url = f"imaps://{user}:x@mail.example.org"
    with scene(database_url, returns_imap_url=url, **given) as one:
        assert (one.app.mailbox_taker.forwarder is not None) == forwards
        assert one.app.taker.forwarder is not None
        assert parts.answers_to(one.app.settings) in (TEAM, "news@pinlabs.example")
