"""The browser, tried on pages of the standard library's server."""

import struct
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.support.browser import Browser

PAGE = """<!doctype html><meta name="viewport" content="width=device-width"><title>Form</title>
<style>@media (prefers-color-scheme: dark) { h1 { display: none } }</style>
<h1>Light</h1><img src="dot.svg" onload="this.title = 'seen'">
<p id="script">off</p><script>document.querySelector('#script').textContent = 'on'</script>
<form action="next.html"><input name="email" value="old"><button>Go</button></form>
"""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[str]:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

    (tmp_path / "form.html").write_text(PAGE)
    (tmp_path / "next.html").write_text("<title>Next</title><p>Arrived")
    (tmp_path / "dot.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=tmp_path)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_does_and_sees_what_a_person_would(site: str, tmp_path: Path) -> None:
    with Browser() as browser:
        browser.open(f"{site}/form.html")
        assert browser.text("h1") == "Light"
        assert browser.text("#script") == "on"
        assert browser.requests[:2] == [f"{site}/form.html", f"{site}/dot.svg"]
        for width, images in ((375, True), (1280, False), (640, True)):
            shot = tmp_path / f"{width}.png"
            browser.screenshot(shot, width, dark=True, images=images)
            assert struct.unpack(">I", shot.read_bytes()[16:20]) == (width,)
            assert (browser.evaluate("document.images[0].title") == "seen") is images
            assert browser.text("h1") == ""
        with pytest.raises(LookupError, match="nothing on"):
            browser.click("#absent")
        with pytest.raises(ConnectionError, match="ERR_NAME_NOT_RESOLVED"):
            browser.open("http://elsewhere.example/")
        browser.open(f"{site}/form.html")
        browser.fill("input", "ada@example.net")
        browser.click("button")
        assert browser.text() == "Arrived"
        assert browser.url == f"{site}/next.html?email=ada%40example.net"


def test_goes_without_scripts(site: str) -> None:
    with Browser(scripts=False) as browser:
        browser.open(f"{site}/form.html")
        assert browser.text("#script") == "off"
