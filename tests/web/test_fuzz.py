"""Requests that nobody would think of: none breaks a page, and looking changes nothing."""

from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import quote_from_bytes, urlencode

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from pinlabs_mailer.community import wishes
from pinlabs_mailer.community.wishes import PURPOSES
from pinlabs_mailer.db.engine import writing
from pinlabs_mailer.db.tables import wish
from pinlabs_mailer.db.words import WishKind
from pinlabs_mailer.tokens import Purpose
from tests.support.installations import confirmed
from tests.support.relay import Relay
from tests.support.site import FORM, Answer, Site, snapshot
from tests.web.people import ADA, asked, link_path
from tests.web.test_preferences import preferences_path

METHODS = ["GET", "HEAD", "POST", "POST", "POST", "PUT", "OPTIONS", "DELETE"]
CHARSETS = [
    "utf-8",
    "utf-16",
    "utf-7",
    "unicode_escape",
    "idna",
    "punycode",
    "undefined",
    "hex",
    "x",
]
HOSTILE = ["[", "]", "a:b:c", "..", "\xff", "%00", "a" * 300, "'", '"', "=?utf-8?q?=00?="]
LETTERS = st.characters(exclude_categories=["Cs"]) | st.sampled_from("\0\r\n\x85\u2028@.<>&%\ufeff")
WORDS = st.text(LETTERS, max_size=30)
NAMES = (
    st.sampled_from(
        ["email", "topic", "name", "only", "form", "website", "locale", "frequency", "token"]
    )
    | st.sampled_from(["do", "shown", "paused_until", "by", "as"])
    | WORDS
)
VALUES = (
    st.sampled_from([ADA, "new@example.org", "projects", "jobs", "Ada", "ticked", ""])
    | st.sampled_from(["save", "leave", "address", "data", "monthly", "2026-12-24", "page", "json"])
    | WORDS
)


class Request(NamedTuple):
    """What is sent; `path` may have the place of a token in it."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes | None
    chunked: bool


@st.composite
def multipart(draw: st.DrawFn, fields: list[tuple[str, str]]) -> tuple[str, bytes]:
    end = draw(st.sampled_from([b"\r\n", b"\n", b"\r\n--"]))
    more = draw(st.sampled_from([b"", b'; filename="x"', b"; name*=utf-8''%ff", b"; x"]))
    body = b""
    for name, value in fields:
        body += b'--b\r\nContent-Disposition: form-data; name="' + name.encode() + b'"' + more
        body += b"\r\n\r\n" + value.encode() + end
    kind = f"multipart/form-data; boundary=b; charset={draw(st.sampled_from(CHARSETS))}"
    return kind, body + b"--b--\r\n"


@st.composite
def requests(draw: st.DrawFn) -> Request:
    path = draw(
        st.sampled_from(
            ["/join", "/u/{leave}", "/confirm/{confirm}", "/u/{confirm}", "/u/{unknown}"]
        )
        | st.sampled_from(["/stop/{stop}", "/stop/{confirm}", "/stop/{unknown}", "/stop/"])
        | st.sampled_from(["/preferences/{preferences}", "/preferences/{leave}", "/undo/{undo}"])
        | st.sampled_from(["/link", "/address/{address}", "/data/{data}", "/erase/{data}"])
        | st.sampled_from(["/", "/healthz", "/readyz", "/static/site.css", "//u/{leave}", "/u/"])
        | st.binary(max_size=20).map(lambda raw: "/" + quote_from_bytes(raw))
        | st.binary(max_size=40).map(lambda raw: "/u/" + quote_from_bytes(raw, safe=""))
    )
    query = draw(st.just("") | st.binary(max_size=20).map(lambda raw: "?" + quote_from_bytes(raw)))
    headers = draw(
        st.dictionaries(
            st.sampled_from(
                ["User-Agent", "Cookie", "Range", "Accept", "Origin", "X-Forwarded-For"]
            ),
            st.sampled_from(HOSTILE),
            max_size=2,
        )
    )
    fields = draw(st.lists(st.tuples(NAMES, VALUES), max_size=6))
    form = st.just((FORM, urlencode(fields).encode()))
    raw = st.tuples(st.sampled_from([FORM, "text/plain", *HOSTILE[:4]]), st.binary(max_size=200))
    kind, body = draw(form | multipart(fields) | raw)
    method = draw(st.sampled_from(METHODS))
    cut = draw(st.integers(0, len(body)) | st.just(len(body)))
    headers["Content-Type"] = kind
    return Request(method, path + query, headers, body[:cut], draw(st.booleans()))


def send(site: Site, request: Request, tokens: dict[str, str]) -> Answer:
    path = request.path
    for name, token in tokens.items():
        path = path.replace(f"{{{name}}}", token)
    body: bytes | Iterable[bytes] | None = request.body
    if request.chunked and request.body:
        body = iter([request.body[:7], request.body[7:] or b" "])
    return site.request(request.method, path, body, request.headers)


def wish_token(site: Site, kind: WishKind) -> str:
    """Let the first person have a wish, and return the token of its link."""
    with writing(site.app.engine) as connection:
        wishes.ask(connection, 1, kind, site.app.clock())
        reference = connection.execute(
            select(wish.c.reference).where(wish.c.kind == kind)
        ).scalar_one()
    return site.app.signer.sign(PURPOSES[kind], reference)


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize("range_", ["bytes=0-1", "bytes=-1", "bytes=9-1", "bytes=0-0,5-9,x", "x=1"])
@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_range_of_the_style_sheet(site: Site, method: str, range_: str) -> None:
    answer = site.request(method, "/static/site.css", None, {"Range": range_, "If-Range": "x"})
    assert answer.status in (200, 206, 400, 405, 416)


def test_no_request_breaks_a_page(site: Site, relay: Relay, backend: str) -> None:
    confirmed(site.app, "first@example.org", "projects", "jobs")
    tokens = {
        "leave": site.leave_path("first@example.org")[3:],
        "confirm": asked(site, relay.messages, "events")[9:],
        "stop": link_path(relay.messages[-1], "stop")[6:],
        "preferences": preferences_path(site, "first@example.org").removeprefix("/preferences/"),
        "undo": site.app.signer.sign(Purpose.UNDO, "AAAAAAAAAAAB"),
        "address": wish_token(site, WishKind.ADDRESS),
        "data": wish_token(site, WishKind.DATA),
        "unknown": site.app.links.unsubscribe_token("A" * 12),
    }

    @settings(
        max_examples=250 if backend == "sqlite" else 80,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(requests())
    @example(Request("POST", "/u/{leave}", {"Content-Type": FORM}, b"only=ticked", True))
    def attack(request: Request) -> None:
        before = snapshot(site.app.engine)
        answer = send(site, request, tokens)
        assert answer.status < 500
        assert answer.status != 303 or request.path.split("?")[0] in ("/", "/%0A")
        assert "set-cookie" not in answer.headers
        assert "content-security-policy" in answer.headers
        if request.method != "POST" or answer.status >= 400:
            assert snapshot(site.app.engine) == before

    attack()
