"""The main job, end to end: the Pin Labs posts through a real Postfix into real mailboxes."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support import checklist, processes
from tests.support.installations import GIVEN
from tests.support.postfix import Postfix
from tests.support.program import Program

from .test_cli_serve import free_port

FEED = Path(__file__).parents[2] / ".." / "shared" / "data" / "pin-labs-projects.rss"
READERS = ("ada", "bob", "eve")
ONE_CLICK = "List-Unsubscribe=One-Click"


@contextmanager
def installation(database_url: str, postfix: Postfix) -> Iterator[tuple[Program, str]]:
    """Set one up as an operator would, with its pages running; yield it and their address."""
    port = free_port()
    base_url = f"http://127.0.0.1:{port}"
    given = {
        **GIVEN,
        "database_url": database_url,
        "base_url": base_url,
        "smtp_url": f"smtp://127.0.0.1:{postfix.port}",
        "max_age": "20000d",  # the posts of the sample feed grow older, this test does not
    }
    program = Program(given)
    program("db", "upgrade")
    with program.running("serve", "--port", str(port)):
        yield program, base_url


def in_weeks(number: int) -> str:
    """Return a moment for --now. The first slot is within a week of setting up."""
    return (datetime.now(UTC) + timedelta(weeks=number, hours=1)).isoformat()


def curl(url: str, *options: str) -> tuple[int, str]:
    """Return status and body of what a mail provider's robot gets: no cookies, no redirects."""
    program = processes.find_program("curl")
    said = processes.run([program, "--silent", "--write-out", "\n%{http_code}", *options, url])
    body, _, status = said.rpartition("\n")
    return int(status), body


def titles(mail: bytes) -> list[str]:
    """Return the numbered titles in the text part."""
    return re.findall(r"(?m)^\d+\. (.+)$", checklist.decoded(mail)[0])


def test_twelve_posts_reach_three_mailboxes(empty_database_url: str) -> None:
    if not FEED.exists():
        pytest.skip(f"{FEED} is not here: the shared sample data is no part of the checkout")
    with (
        Postfix(READERS) as postfix,
        installation(empty_database_url, postfix) as (program, base_url),
    ):
        assert program.json("post", "import", str(FEED))["added"] == 12
        for name in READERS:
            program("subscribe", f"{name}@example.net", "--name", name.title())
            confirmation = checklist.as_sent(postfix.maildir(name)[0])
            checklist.check(confirmation, expected(name, base_url, list_mail=False))
            link = re.search(rf"(?m)^{base_url}/confirm/\S+$", checklist.decoded(confirmation)[0])
            assert link is not None
            assert curl(link[0], "--data", "")[0] == 200

        report = program.json("send-digest", "--now", in_weeks(1))
        assert (report["status"], report["accepted"], report["total"]) == ("sent", 3, 3)
        digests = {name: checklist.as_sent(postfix.maildir(name, 2)[1]) for name in READERS}
        for name, mail in digests.items():
            checklist.check(mail, expected(name, base_url))
            assert f"Hello {name.title()}," in checklist.decoded(mail)[0]
            assert len(titles(mail)) == 6

        leave_as_rfc_8058_says(digests["bob"])
        shown = program.json("subscriber", "show", "bob@example.net")
        assert shown["subscriptions"][0]["status"] == "withdrawn"

        report = program.json("send-digest", "--now", in_weeks(2))
        assert (report["accepted"], report["total"]) == (2, 2)
        both = titles(digests["ada"]) + titles(checklist.as_sent(postfix.maildir("ada", 3)[2]))
        assert len(set(both)) == 12
        postfix.maildir("eve", 3)
        assert len(postfix.maildir("bob", 2)) == 2


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_mailbox_that_is_not_there(empty_database_url: str) -> None:
    with (
        Postfix(READERS) as postfix,
        installation(empty_database_url, postfix) as (program, _),
    ):
        consent = ("--confirmed", "--evidence", "given at a fair")
        for name in ("ada", "gone"):
            program("subscribe", f"{name}@example.net", *consent)
        program("post", "add", "--url", "https://pinlabs.example/new", "--title", "New")
        done = program("send-digest", "--now", in_weeks(1), "--json", code=1)
        assert (done.document["accepted"], done.document["failed"]) == (1, 1)
        (failed,) = program.json(
            "delivery", "list", "--issue", str(done.document["id"]), "--status", "failed"
        )["items"]
        assert (failed["email"], failed["reason"]) == ("gone@example.net", "no such mailbox")
        assert failed["reply"].startswith("550 5.1.1 ")
        assert program.json("subscriber", "show", "gone@example.net")["suppressed"] == "bounce"
        postfix.maildir("ada", 1)


def leave_as_rfc_8058_says(mail: bytes) -> None:
    """Do what a mail provider does with the two fields, and look at the page first."""
    assert checklist.value(mail, "List-Unsubscribe-Post") == ONE_CLICK
    link = checklist.unsubscribe_uris(mail)[0]
    assert urlsplit(link).scheme == "http"
    status, page = curl(link)
    assert (status, "<button" in page) == (200, True)
    status, _ = curl(link, "--form", ONE_CLICK)  # multipart, as the RFC recommends
    assert status == 200
    assert curl(link, "--data", ONE_CLICK)[0] == 200  # again, and as a plain form


def expected(name: str, base_url: str, *, list_mail: bool = True) -> checklist.Expected:
    """Return what a message to one of the readers is measured against."""
    return checklist.Expected(
        recipient=f"{name}@example.net",
        from_name="Pin Labs",
        domain="pinlabs.example",
        base_url=base_url,
        at=datetime.now(UTC),
        postal_address=GIVEN["postal_address"],
        others=[f"{other}@example.net" for other in READERS if other != name],
        list_mail=list_mail,
    )
