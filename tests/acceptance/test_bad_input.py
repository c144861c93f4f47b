"""What is wrong is told with its next step and exit code 2, and changes nothing."""

import urllib.error
from pathlib import Path

import pytest

from pinlabs_mailer.app import App
from tests.support.contents import contents
from tests.support.installations import add_posts, confirmed
from tests.support.program import Program

from .test_cli_serve import fetch, free_port

pytestmark = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)


def test_addresses_and_names_that_are_none(program: Program, database_url: str) -> None:
    before = contents(database_url)
    for words, told in (
        (["ada"], "'ada' is no email address"),
        (["ada@example.org\r\nBcc: eve@example.org"], "control characters"),
        (["ada@example.org", "--name", "Ada\r\nBcc: eve@example.org"], "control characters"),
        (["ada@example.org", "--name", "Win at https://spam.example"], "looks like a link"),
        (["ada@example.org", "--topic", "nope"], "The topics are: projects, events, jobs"),
        (["ada@example.org", "--timezone", "Mars/North"], "Europe/Berlin"),
    ):
        done = program("subscribe", *words, "--json", code=2)
        assert told in done.err
        assert done.out == ""
    assert contents(database_url) == before


def test_arguments_that_are_no_text(program: Program, database_url: str) -> None:
    before = contents(database_url)
    done = program("topic", "add", "talks", "--title", b"\xff", code=2)
    assert "is not UTF-8" in done.err
    assert contents(database_url) == before


def test_moments_and_ids_that_are_none(program: Program) -> None:
    for words, told in (
        ("send-digest --now tomorrow", "'tomorrow' is no moment"),
        ("send-digest --now 0001-01-01T00:00+14:00", "from 1990 to 2100"),
        ("issue show 99999999999999999999", "There is no issue"),
        ("delivery show 99999999999999999999", "There is no delivery"),
        ("delivery show -- -1", "There is no delivery"),
        ("delivery list --issue 1", "There is no issue"),
        ("post show 9999999999999999999999", "There is no post"),
        ("subscriber show nobody@example.org", "Nobody with the address"),
        ("post import nowhere.xml --topic nope", "There is no topic"),
    ):
        done = program(*words.split(), code=2)
        assert told in done.err
        assert done.out == ""


def test_a_folder_that_cannot_be_written(program: Program, inside: App) -> None:
    add_posts(inside, 1, 1, inside.clock())
    now = ("--now", "2026-11-24T09:00Z")
    done = program("preview", *now, "--out", "/proc/nowhere", code=2)
    assert "cannot be written to /proc/nowhere" in done.err
    confirmed(inside, "ada@example.org")
    for out in ("/proc/nowhere", "/proc"):
        done = program("consent", "proof", "ada@example.org", "--out", out, code=2)
        assert "cannot be written" in done.err
    assert "cannot be written" in program("export", "/proc/people.csv", code=2).err


LAUGHS = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
ITEM = "<item><title>{title}</title><link>{link}</link><description>{words}</description></item>"
FEED = '<rss version="2.0"><channel>{}</channel></rss>'
GOOD = ITEM.format(title="Good", link="https://pinlabs.example/good", words="Fine")
SCRIPT = ITEM.format(
    title="Evil", link="https://x.example/", words="&lt;script&gt;x()&lt;/script&gt;"
)
LINK = ITEM.format(title="Evil", link="javascript:alert(1)", words="x")


def test_feeds_that_are_none(program: Program, database_url: str) -> None:
    before = contents(database_url)
    for body, told in (
        (b"Dear diary", "neither a feed nor a web page"),
        (FEED.format(GOOD)[:-40].encode(), "cut off"),
        (LAUGHS.encode() + FEED.format("&b;").encode(), "declares an entity"),
        (b"<rss>" + b" " * 50_000_000 + b"</rss>", "bigger than 10 MB"),
        (FEED.format(LINK).encode(), "javascript:"),
        (FEED.format(SCRIPT).encode(), "script in it"),
    ):
        Path("feed.xml").write_bytes(body)
        done = program("post", "import", "feed.xml", "--json", code=2)
        assert told in done.err
        assert done.out == ""
    assert contents(database_url) == before


def test_one_bad_post_does_not_keep_the_good_ones_out(program: Program) -> None:
    Path("feed.xml").write_text(FEED.format(LINK + GOOD + SCRIPT))
    done = program("post", "import", "feed.xml", "--json")
    assert (done.document["added"], len(done.document["refused"])) == (1, 2)
    assert done.err.count("Left out: “Evil”") == 2


def test_what_strangers_send_to_the_pages(program: Program, inside: App, database_url: str) -> None:
    confirmed(inside, "ada@example.org")
    token = inside.links.unsubscribe_token("-" * 12)
    port = free_port()
    site = f"http://127.0.0.1:{port}"
    before = contents(database_url)
    with program.running("serve", "--port", str(port)) as running:
        for path, data, status in (
            ("/join", b"email=ada%00%40example.org&topic=projects", 400),
            ("/join", b"email=ada%40example.org&topic=projects&name=a%00b", 400),
            ("/join", b"email=ada%40example.org&topic=nope", 400),
            (f"/u/{token}", b"", 404),  # ours, but nobody's
            (f"/u/{token[:-1]}A", b"", 404),
            (f"/u/{token[:-1]}", b"", 404),
            (f"/confirm/{token}", b"", 404),  # for another purpose
            ("/confirm/%00", b"", 404),
        ):
            assert answer(site + path, data) == status, path
        assert fetch(f"{site}/readyz") == "ok\n"
        assert token[3:15] not in running.said
    assert contents(database_url) == before


def answer(url: str, data: bytes) -> int:
    try:
        fetch(url, data)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
    return 200
