"""Limits of what is fetched: size, time, packing, and the certificate of the name."""

import gzip
import time
from http.server import BaseHTTPRequestHandler

import pytest
from tests.support.certificates import Certificates

from pinlabs_mailer.content.fetch import fetch
from pinlabs_mailer.content.fetched import Mark
from pinlabs_mailer.errors import BadInput, Unavailable

from .test_fetch import resolve_to
from .webserver import WebServer, body, status


def endless(request: BaseHTTPRequestHandler) -> None:
    """Send for ever, without saying how much."""
    request.send_response(200)
    request.end_headers()
    while True:
        request.wfile.write(b"x" * 100_000)


def trickle_body(request: BaseHTTPRequestHandler) -> None:
    """Send a byte now and then."""
    request.send_response(200)
    request.end_headers()
    for _ in range(100):
        request.wfile.write(b"x")
        time.sleep(0.05)


def trickle_headers(request: BaseHTTPRequestHandler) -> None:
    """Never come to the end of the headers."""
    request.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
    for _ in range(100):
        request.wfile.write(b"x")
        time.sleep(0.05)


def test_an_endless_answer_is_cut_at_the_limit(site: WebServer) -> None:
    site.pages["/"] = endless
    with pytest.raises(BadInput, match="bigger than 1 MB"):
        fetch(f"{site.url}/", allow_private=True, max_bytes=1_000_000)


def test_exactly_the_limit_is_not_too_big(site: WebServer) -> None:
    site.pages["/"] = body(b"x" * 1_000)
    assert len(fetch(f"{site.url}/", allow_private=True, max_bytes=1_000).body) == 1_000
    with pytest.raises(BadInput, match="bigger"):
        fetch(f"{site.url}/", allow_private=True, max_bytes=999)


@pytest.mark.parametrize("page", [trickle_body, trickle_headers])
def test_a_trickle_ends_with_the_time_for_all_of_it(site: WebServer, page: object) -> None:
    site.pages["/"] = page  # type: ignore[assignment]
    began = time.monotonic()
    with pytest.raises(Unavailable, match=r"longer than 0\.4 seconds"):
        fetch(f"{site.url}/", allow_private=True, max_seconds=0.4)
    assert time.monotonic() - began < 2


def test_what_comes_packed_is_unpacked(site: WebServer) -> None:
    site.pages["/"] = body(gzip.compress(b"hello" * 1_000), Content_Encoding="gzip")
    assert fetch(f"{site.url}/", allow_private=True).body == b"hello" * 1_000


def test_a_packed_bomb_is_cut_at_the_limit(site: WebServer) -> None:
    site.pages["/"] = body(gzip.compress(bytes(50_000_000)), Content_Encoding="gzip")
    with pytest.raises(BadInput, match="bigger than 10 MB"):
        fetch(f"{site.url}/", allow_private=True)


def test_what_follows_a_packed_page_without_end_is_not_read(site: WebServer) -> None:
    def goes_on(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Encoding", "gzip")
        request.end_headers()
        request.wfile.write(gzip.compress(b"hello"))
        while True:
            request.wfile.write(bytes(100_000))

    site.pages["/"] = goes_on
    assert fetch(f"{site.url}/", allow_private=True, max_seconds=5).body == b"hello"


def test_what_comes_cut_off_or_damaged_is_for_later(site: WebServer) -> None:
    packed = gzip.compress(b"hello" * 1_000)
    site.pages["/short"] = body(b"hello", length=10)
    site.pages["/packed"] = body(packed[:-9], Content_Encoding="gzip")
    site.pages["/damaged"] = body(b"no gzip at all", Content_Encoding="gzip")
    for path in site.pages:
        with pytest.raises(Unavailable):
            fetch(site.url + path, allow_private=True)


def test_an_unknown_packing_is_refused(site: WebServer) -> None:
    site.pages["/"] = body(b"x", Content_Encoding="br")
    with pytest.raises(BadInput, match="packed as br"):
        fetch(f"{site.url}/", allow_private=True)


def test_tls_asks_for_the_certificate_of_the_name(
    secure_site: WebServer, certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.authority))
    assert fetch(f"{secure_site.url}/", allow_private=True).body == b"secure"
    resolve_to(monkeypatch, "127.0.0.1")
    with pytest.raises(BadInput, match=r"certificate is not valid.*other\.example"):
        fetch(f"https://other.example:{secure_site.port}/", allow_private=True)


def test_a_certificate_that_nobody_vouches_for_is_refused(secure_site: WebServer) -> None:
    with pytest.raises(BadInput, match="certificate is not valid"):
        fetch(f"{secure_site.url}/", allow_private=True)


def test_a_server_without_tls_is_told_so(site: WebServer) -> None:
    with pytest.raises(Unavailable, match="does not answer"):
        fetch(f"https://localhost:{site.port}/", allow_private=True)


@pytest.mark.parametrize("location", ["http://", "https://labs.example:99999/", "http://[::1"])
def test_an_address_that_is_none_is_named(location: str) -> None:
    with pytest.raises(BadInput) as caught:
        fetch(location)
    assert location in caught.value.what


def test_a_known_version_is_asked_about_at_every_hop(site: WebServer) -> None:
    def answer(request: BaseHTTPRequestHandler) -> None:
        told = request.headers["If-None-Match"], request.headers["If-Modified-Since"]
        request.send_response(304 if told == ('W/"1"', "yesterday") else 200)
        request.send_header("ETag", 'W/"1"')
        request.send_header("Last-Modified", "yesterday")
        request.send_header("Content-Length", "0")
        request.end_headers()

    site.pages |= {"/old": status(302, Location="/"), "/": answer}
    first = fetch(f"{site.url}/old", allow_private=True)
    assert (first.mark, first.unchanged) == (Mark('W/"1"', "yesterday"), False)
    second = fetch(f"{site.url}/old", allow_private=True, known=first.mark)
    assert (second.body, second.unchanged) == (b"", True)


@pytest.mark.parametrize("etag", ['"\xe9"', '"' + "x" * 300 + '"', '"a\tb"'])
def test_a_version_that_cannot_be_repeated_is_forgotten(site: WebServer, etag: str) -> None:
    site.pages["/"] = body(b"x", ETag=etag)
    assert fetch(f"{site.url}/", allow_private=True).mark == Mark()
