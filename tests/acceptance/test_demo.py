"""The guided tour as a person or a script runs it: a process, on a terminal or without."""

import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser

from tests.support import processes
from tests.support.browser import Browser

COMMAND = [sys.executable, "-m", "pinlabs_mailer", "demo"]


class Surroundings(NamedTuple):
    """A folder and an environment in which every other command would give up."""

    folder: Path
    environment: dict[str, str]
    temporary: Path

    def run(self, *flags: str) -> subprocess.CompletedProcess[str]:
        """Run a demo without a terminal, to its end."""
        return subprocess.run(
            [*COMMAND, *flags],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )


class Tour(NamedTuple):
    """A demo that stays, and somebody who looks at its pages."""

    process: subprocess.Popen[bytes]
    url: str
    visitor: httpx.Client

    def text(self, page: str) -> str:
        """Return a page that is there."""
        answer = self.visitor.get(page)
        assert answer.status_code == 200, page
        return answer.text


@pytest.fixture
def surroundings(tmp_path: Path) -> Surroundings:
    """What a single demo is run in."""
    return hostile(tmp_path)


@pytest.fixture(scope="module")
def tour(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tour]:
    """A demo on a terminal, which tests share: mails are added, none goes away."""
    with staying(hostile(tmp_path_factory.mktemp("demo"))) as tour:
        yield tour


def hostile(folder: Path) -> Surroundings:
    """Return surroundings with every fault that settings can have."""
    (folder / "pinlabs-mailer.toml").write_text("this is = = no TOML")
    temporary = folder / "temporary"
    temporary.mkdir()
    faults = {
        "PINLABS_NONSENSE": "1",
        "PINLABS_CONFIG": "/nowhere/at-all.toml",
        "PINLABS_SCHEDULE": "now and then",
        "HTTP_PROXY": "http://127.0.0.1:9",
        "TMPDIR": str(temporary),
    }
    return Surroundings(folder, {**os.environ, **faults}, temporary)


@contextmanager
def staying(surroundings: Surroundings) -> Iterator[Tour]:
    """Run a demo on a terminal until the end of the block."""
    said = surroundings.folder / "said"
    ours, its = pty.openpty()
    with said.open("wb") as words:
        process = subprocess.Popen(
            COMMAND,
            cwd=surroundings.folder,
            env=surroundings.environment,
            stdin=its,
            stdout=its,
            stderr=words,
            start_new_session=True,
        )
    os.close(its)
    try:
        inbox = processes.wait_until(
            "the demo shows its inbox",
            lambda: re.search(r"(http://localhost:\d+)/inbox", said.read_text()),
            log=said,
        )
        with httpx.Client(base_url=inbox[1], trust_env=False) as visitor:
            yield Tour(process, inbox[1], visitor)
    finally:
        process.kill()
        process.wait()
        os.close(ours)


@pytest.mark.parametrize("flags", [["--once"], []], ids=["once", "no-terminal"])
def test_it_runs_to_its_end_whatever_the_surroundings(
    flags: list[str], surroundings: Surroundings
) -> None:
    done = surroundings.run(*flags, "--json")
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    issue = summary.pop("issue")
    assert summary.pop("inbox").endswith("/inbox")
    told = {"posts": 12, "events": 2, "jobs": 3}
    assert summary == {**told, "subscribers": 3, "confirmed": 3, "mails": 6}
    assert (issue["status"], issue["total"], issue["accepted"]) == ("sent", 3, 3)
    assert "Ada, Grace, Émilie" in done.stderr
    assert "Warning" not in done.stderr
    assert list(surroundings.temporary.iterdir()) == []


def test_without_json_the_summary_is_a_sentence(surroundings: Surroundings) -> None:
    done = surroundings.run("--once")
    assert done.stdout == (
        "12 posts, 2 events, 3 jobs, 3 subscribers, 3 confirmed, 6 mails, 3 of them the digest.\n"
    )


def test_a_port_in_use_is_told(surroundings: Surroundings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = surroundings.run("--port", port)
    assert done.returncode == 3
    assert done.stderr.startswith("Error: ")
    assert port in done.stderr
    assert list(surroundings.temporary.iterdir()) == []


def test_the_inbox_lists_the_mails_and_shows_every_part(tour: Tour) -> None:
    listed = tour.text("/inbox")
    assert listed.index('"/inbox/6"') < listed.index('"/inbox/1"')
    assert listed.count("Scaling Pinterests ad corpus by 60x, and 10 more") == 3
    assert "Émilie &lt;emilie@example.org&gt;" in listed
    assert f"{tour.url}/confirm/" in tour.text("/inbox/1")
    assert "List-Unsubscribe=One-Click" in tour.text("/inbox/6")

    page = tour.visitor.get("/inbox/6").headers["content-security-policy"]
    part = tour.visitor.get("/inbox/6/html").headers["content-security-policy"]
    assert "frame-src 'self'" in page
    assert "frame-ancestors 'none'" in page
    assert "frame-ancestors 'self'" in part
    assert '<base target="_blank">' in tour.text("/inbox/6/html")
    assert tour.visitor.get("/inbox/999").status_code == 404


def test_the_links_of_the_digest_lead_somewhere(tour: Tour) -> None:
    links = set(re.findall(r'(?:href|src)="([^"]+)"', tour.text("/inbox/6/html")))
    told = 6 + 6 + 2 + 2 + 3  # stories, their pictures, events, to put them into a calendar, jobs
    assert len(links) == told + 4  # to join, to choose, to leave, to read it in a browser
    assert {tour.visitor.get(link).status_code for link in links} == {200}


def test_one_click_on_the_unsubscribe_link_is_enough(tour: Tour) -> None:
    (link,) = re.findall(r'href="([^"]+/u/[^"]+)"', tour.text("/inbox/6/html"))
    assert "Unsubscribe from everything" in tour.text(link)
    left = tour.visitor.post(link, data={"List-Unsubscribe": "One-Click"})
    assert left.status_code == 200
    assert "You are not subscribed" in tour.text(link)


def test_a_reader_sees_the_pictures_and_leaves(tour: Tour) -> None:
    with Browser() as browser:
        browser.open(f"{tour.url}/inbox")
        browser.click(".mails a[href='/inbox/5']")
        browser.open(browser.evaluate("document.querySelector('iframe').src"))
        widths = browser.evaluate("[...document.images].map(image => image.naturalWidth)")
        assert len(widths) == 6
        assert all(widths)
        browser.open(browser.evaluate("document.querySelector('a[href*=\"/u/\"]').href"))
        browser.click("main button")
        assert browser.text("h1") == "You have left"
        assert {urlsplit(url).netloc for url in browser.requests} <= {urlsplit(tour.url).netloc, ""}


def test_whoever_joins_meanwhile_gets_a_confirmation_into_the_inbox(tour: Tour) -> None:
    answer = tour.visitor.post("/join", data={"email": "new@example.org", "topic": "projects"})
    form = LexborHTMLParser(answer.text).css("input[type=hidden]")
    fields = {str(one.attributes["name"]): one.attributes["value"] for one in form}
    answer = tour.visitor.post("/join", data=fields)
    assert answer.status_code == 200
    processes.wait_until("the mail arrives", lambda: "To new@example.org" in tour.text("/inbox"))
    link = re.search(rf"{tour.url}/confirm/[\w.~-]+", tour.text("/inbox/7"))
    assert link
    assert tour.visitor.post(link[0]).status_code == 200


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_ends_when_told_to_and_leaves_nothing(
    sign: signal.Signals, surroundings: Surroundings
) -> None:
    with staying(surroundings) as tour:
        (folder,) = surroundings.temporary.iterdir()
        assert oct(folder.stat().st_mode)[-3:] == "700"
        tour.process.send_signal(sign)
        assert tour.process.wait(30) == 0
    assert list(surroundings.temporary.iterdir()) == []
