"""The loop closes by itself: a digest goes out, some of it bounces through a real Postfix and back
into `returns take -`, those addresses are suppressed, and the next digest leaves them out."""

import smtplib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from typing import NamedTuple

from pinlabs_mailer.app import App
from tests.support import processes, returned
from tests.support.installations import GIVEN, Clock, add_posts, confirmed, make_app
from tests.support.piping import returns_through_pipe
from tests.support.postfix import Postfix
from tests.support.program import Program
from tests.support.relay import Relay, on

RETURN_DOMAIN = "return.pinlabs.example"
SAID = {
    "cyd@gone.example": "550 5.1.1 no such user here",
    "dan@full.example": "552 5.2.2 mailbox full",
    "eve@strict.example": "550 5.7.1 rejected by our policy",
}
"""What the servers of these readers say to Postfix, which has taken our mail by then."""
READERS = ("ada@example.net", "bob@example.net", *SAID)


class Loop(NamedTuple):
    program: Program
    postfix: Postfix
    codes: list[int]
    """How each run of the pipe ended."""

    def came_back(self, number: int) -> None:
        """Wait until so many mails have gone through the pipe."""
        processes.wait_until(f"{number} came back", lambda: len(self.codes) >= number, seconds=90)


@contextmanager
def loop(database_url: str, relay: Relay) -> Iterator[Loop]:
    """Set an installation up as an operator would, with a Postfix that brings mail back."""
    relay.play(rules=[on("RCPT", said, to=whom) for whom, said in SAID.items()])
    onward = {whom.partition("@")[2]: relay.port for whom in SAID}
    with Postfix(("ada", "bob"), onward=onward, return_domain=RETURN_DOMAIN) as postfix:
        program = Program(
            {
                **GIVEN,
                "database_url": database_url,
                "smtp_url": f"smtp://127.0.0.1:{postfix.port}",
                "return_domain": RETURN_DOMAIN,
                "returns_aside": "aside",
                "reply_to": "bob@example.net",
            }
        )
        program("db", "upgrade")
        with returns_through_pipe(postfix, program) as codes:
            yield Loop(program, postfix, codes)


def in_weeks(number: int) -> str:
    return (datetime.now(UTC) + timedelta(weeks=number, hours=1)).isoformat()


def test_m24_the_loop_closes_by_itself(empty_database_url: str, relay: Relay) -> None:
    with loop(empty_database_url, relay) as here:
        program, postfix = here.program, here.postfix
        with closing(inside(empty_database_url)) as app:
            for reader in READERS:
                confirmed(app, reader)
            add_posts(app, 1, 1, app.clock())
        report = program.json("send-digest", "--now", in_weeks(1))
        assert (report["accepted"], report["failed"]) == (5, 0)

        here.came_back(3)
        assert here.codes == [0, 0, 0]
        assert b"Return-Path: <b." in postfix.maildir("ada")[0]
        report = program.json("issue", "show", str(report["id"]))
        assert (report["bounced"], report["refused_us"], report["accepted"]) == (3, 1, 5)
        (suppressed,) = program.json("suppression", "list")["items"]
        assert (suppressed["email_key"], suppressed["reason"]) == ("cyd@gone.example", "bounce")
        assert "no such user here" in suppressed["note"]
        deliveries = program.json("delivery", "list", "--issue", str(report["id"]))["items"]
        bounced = {one["email"]: one["bounce"] for one in deliveries}
        assert list(map(bounced.get, READERS)) == [None, None, "hard", "soft", "sender"]
        (gone,) = (one["id"] for one in deliveries if one["bounce"] == "hard")
        shown = program("delivery", "show", str(gone), "--raw").out
        assert "return path" in shown
        assert "Reporting-MTA: dns; postfix.test" in shown

        with closing(inside(empty_database_url)) as app:
            add_posts(app, 2, 1, app.clock())
        report = program.json("send-digest", "--now", in_weeks(2))
        assert (report["accepted"], report["total"]) == (4, 4)
        postfix.maildir("ada", 2)


def test_m24_a_letter_to_a_return_path_reaches_the_team(
    empty_database_url: str, relay: Relay
) -> None:
    with loop(empty_database_url, relay) as here:
        with closing(inside(empty_database_url)) as app:
            confirmed(app, "ada@example.net")
            add_posts(app, 1, 1, app.clock())
        here.program("send-digest", "--now", in_weeks(1))
        (digest,) = here.postfix.maildir("ada")
        path = message_from_bytes(digest)["Return-Path"].strip("<>")
        letter = returned.letter(path, "Do you pin maps, too?", Message_ID="<1@example.net>")
        with smtplib.SMTP("127.0.0.1", here.postfix.port) as client:
            client.sendmail("ada@example.net", path, letter)
        (forwarded,) = here.postfix.maildir("bob")
        here.came_back(1)
        assert here.codes == [0]
        mail = message_from_bytes(forwarded)
        assert (mail["From"], mail["Message-ID"]) == ("Ada <ada@example.org>", "<1@example.net>")
        assert mail["Return-Path"].startswith("<b.")
        assert mail["Return-Path"] != f"<{path}>"
        assert mail["X-Pinlabs-Forwarded"]
        assert b"Do you pin maps, too?" in forwarded


def inside(database_url: str) -> App:
    """Return the same installation from inside: a quick way to bring it to where a test begins."""
    return make_app(database_url, 1, Clock(datetime.now(UTC)))


def test_a_mail_that_cannot_be_taken_now_stays_with_the_mail_server(tmp_path: Path) -> None:
    mail = returned.letter("news@pinlabs.example")
    program = Program({**GIVEN, "database_url": "postgresql://127.0.0.1:1/nobody-listens"})
    assert "does not answer" in program("returns", "take", "-", stdin=mail, code=75).err
    program("returns", "take", "-", stdin=mail, code=3, database_url=f"sqlite:///{tmp_path}/no.db")
