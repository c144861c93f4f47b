"""Files and web addresses: what comes back, what is refused, and when to try again."""

import os
import socket
from pathlib import Path

import pytest

from pinlabs_mailer.content import wire
from pinlabs_mailer.content.fetch import Fetched, fetch
from pinlabs_mailer.content.reading import read_posts
from pinlabs_mailer.errors import BadInput, Unavailable

from .samples import POSTS, RSS
from .webserver import WebServer, body, status


def resolve_to(monkeypatch: pytest.MonkeyPatch, *answers: str) -> list[object]:
    """Let every look-up give the next of `answers`; return the list of names looked up."""
    asked: list[object] = []

    def look_up(host: str, port: int, **_: object) -> list[object]:
        asked.append(host)
        addresses = answers[min(len(asked), len(answers)) - 1].split()
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, port)) for a in addresses]

    monkeypatch.setattr(wire, "getaddrinfo", look_up)
    return asked


def test_a_file_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "a file"
    path.write_bytes(b"\x00\xff")
    assert fetch(str(path)) == Fetched(b"\x00\xff", None, "")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.write_text("x")
    locked.chmod(0)
    cases = {str(tmp_path / "none"): "no such file", str(tmp_path): "folder", "a\0b": "cannot be"}
    if os.geteuid() != 0:
        cases[str(locked)] = "may not read"
    for location, reason in cases.items():
        with pytest.raises(BadInput, match=reason) as caught:
            fetch(location)
        assert location in caught.value.what
        assert caught.value.next_step


def test_a_file_of_fifty_megabytes_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "big"
    with path.open("wb") as file:
        file.truncate(50_000_000)
    with pytest.raises(BadInput, match="bigger than 10 MB"):
        fetch(str(path))
    with pytest.raises(BadInput, match="bigger than 10 MB"):
        fetch("/dev/zero")


@pytest.mark.parametrize("location", ["ftp://labs.example/x", "file:///etc/passwd", "gopher://x"])
def test_only_web_addresses_are_fetched(location: str) -> None:
    with pytest.raises(BadInput, match="only http and https"):
        fetch(location)


def test_a_password_in_an_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(BadInput, match="password in it") as caught:
        fetch("https://me:geheim@labs.example/")
    assert "geheim" not in str(caught.value)


def test_a_page_comes_with_its_address_and_type(site: WebServer) -> None:
    site.pages["/feed"] = body(b"hello", Content_Type="Application/RSS+XML; charset=utf-8")
    found = fetch(f"{site.url}/feed", allow_private=True)
    assert found == Fetched(b"hello", f"{site.url}/feed", "application/rss+xml")
    assert site.asked == [(f"localhost:{site.port}", "/feed")]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "2130706433", "[::ffff:127.0.0.1]"])
def test_loopback_is_refused_unless_allowed(site: WebServer, host: str) -> None:
    with pytest.raises(BadInput, match="not a public address") as caught:
        fetch(f"http://{host}:{site.port}/")
    assert "PINLABS_FETCH_PRIVATE" in caught.value.next_step
    assert site.asked == []


NOT_PUBLIC = """
    10.0.0.1 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 0.0.0.0 127.0.0.1 224.0.0.1
    255.255.255.255 :: ::1 fe80::1%1 fc00::1 fec0::1 ff02::1 2001:db8::1
    ::ffff:10.0.0.1 64:ff9b::7f00:1 2002:7f00:1::
"""


@pytest.mark.parametrize("address", NOT_PUBLIC.split())
def test_no_private_address_counts_as_public(address: str) -> None:
    assert not wire.is_public(address)


@pytest.mark.parametrize(
    "address", ["9.9.9.9", "2620:fe::fe", "::ffff:9.9.9.9", "64:ff9b::909:909"]
)
def test_a_public_address_is_public(address: str) -> None:
    assert wire.is_public(address)


def test_one_private_address_among_public_ones_is_enough_to_refuse(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    resolve_to(monkeypatch, "9.9.9.9 10.0.0.1")
    with pytest.raises(BadInput, match=r"leads to 10\.0\.0\.1"):
        fetch("http://labs.example/")


def test_a_name_that_changes_its_mind_is_asked_only_once(
    site: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.pages["/"] = body(b"inner secrets")
    asked = resolve_to(monkeypatch, "192.0.2.1", "127.0.0.1")
    monkeypatch.setattr(wire, "is_public", lambda address: address == "192.0.2.1")
    with pytest.raises(Unavailable):
        fetch(f"http://rebinding.example:{site.port}/", max_seconds=0.3)
    assert asked == ["rebinding.example"]
    assert site.asked == []


def test_the_next_address_is_tried_when_one_does_not_answer(
    site: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.pages["/"] = body(b"here")
    resolve_to(monkeypatch, "127.0.0.2 127.0.0.1")
    url = f"http://labs.example:{site.port}/"
    assert fetch(url, allow_private=True).body == b"here"
    assert site.asked == [(f"labs.example:{site.port}", "/")]


def test_a_redirect_is_followed_and_its_end_is_the_address(site: WebServer) -> None:
    site.pages["/old"] = status(301, Location="/new/feed.xml")
    site.pages["/new/feed.xml"] = body(RSS)
    assert fetch(f"{site.url}/old", allow_private=True).url == f"{site.url}/new/feed.xml"
    posts = read_posts(
        f"{site.url}/old", base_url="https://other.example", allow_private=True
    ).items
    assert [post.title for post in posts] == [post.title for post in POSTS]
    assert posts[1].url == f"{site.url}/notes/queues"


def test_a_redirect_to_a_private_address_is_refused(
    site: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.pages["/"] = status(302, Location=f"http://inner.example:{site.port}/secret")
    resolve_to(monkeypatch, "127.0.0.1", "127.0.0.3")
    monkeypatch.setattr(wire, "is_public", lambda address: address == "127.0.0.1")
    start = f"http://outer.example:{site.port}/"
    with pytest.raises(BadInput, match="not a public address") as caught:
        fetch(start)
    assert start in caught.value.what
    assert "inner.example" in caught.value.what
    assert len(site.asked) == 1


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://x/", "https://a:b@x/", "http://"])
def test_a_redirect_away_from_the_web_is_refused(site: WebServer, target: str) -> None:
    site.pages["/"] = status(302, Location=target)
    with pytest.raises(BadInput, match="redirects"):
        fetch(f"{site.url}/", allow_private=True)


def test_redirects_come_to_an_end(site: WebServer) -> None:
    site.pages["/"] = status(302, Location="/")
    with pytest.raises(BadInput, match="more than 5 times"):
        fetch(f"{site.url}/", allow_private=True)
    assert len(site.asked) == 6


@pytest.mark.parametrize("code", [204, 304, 400, 401, 403, 404, 410])
def test_an_answer_that_will_not_change_is_bad_input(site: WebServer, code: int) -> None:
    site.pages["/"] = status(code)
    with pytest.raises(BadInput, match=f"{site.url}/ answers {code}"):
        fetch(f"{site.url}/", allow_private=True)


@pytest.mark.parametrize("code", [408, 429, 500, 502, 503])
def test_an_answer_that_may_change_is_for_later(site: WebServer, code: int) -> None:
    site.pages["/"] = status(code)
    with pytest.raises(Unavailable, match=f"{site.url}/ answers {code}"):
        fetch(f"{site.url}/", allow_private=True)


def test_a_refused_connection_is_for_later() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound but not listening: nobody else gets the port
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/"
        with pytest.raises(Unavailable, match="does not answer"):
            fetch(url, allow_private=True)


@pytest.mark.parametrize(
    ("code", "error"), [(socket.EAI_NONAME, BadInput), (socket.EAI_AGAIN, Unavailable)]
)
def test_a_name_that_is_not_found_is_told_from_one_that_cannot_be_looked_up(
    code: int, error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def look_up(*_: object, **__: object) -> None:
        raise socket.gaierror(code, "no")

    monkeypatch.setattr(wire, "getaddrinfo", look_up)
    with pytest.raises(error, match=r"https://labs\.example/x"):
        fetch("https://labs.example/x")
