"""Requests that nobody would think of: none breaks a page, and looking changes nothing.

A few hundred by default; `make fuzz` plays 100,000 on SQLite and a third as many on PostgreSQL.
They come in rounds, each with people and links of its own: after a thousand requests most of the
links are used up.
"""

import os
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from typing import NamedTuple
from urllib.parse import quote_from_bytes, urlencode

import pytest
from hypothesis import HealthCheck, example, given, seed, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select, text

from pinlabs_mailer.community import wishes
from pinlabs_mailer.community.wishes import PURPOSES
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.db.tables import wish
from pinlabs_mailer.db.words import WishKind
from pinlabs_mailer.tokens import Purpose
from tests.support.installations import confirmed
from tests.support.relay import Relay
from tests.support.site import FORM, Answer, Site, snapshot
from tests.web.people import ADA, asked, filled_in, link_path
from tests.web.test_bad_input import ESCAPE
from tests.web.test_preferences import preferences_path
from tests.web.test_undo import PAGE, undo_path

REQUESTS = int(os.environ.get("FUZZ", "250"))
A_ROUND = 1_000
FORM_TOKEN = "FORMTOKEN"
ESCAPED = "multipart/form-data; boundary=b; charset=unicode_escape"
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
    | st.sampled_from([FORM_TOKEN, "erase"])
    | WORDS
)


class Request(NamedTuple):
    """What is sent; `path` may have the place of a token in it."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes | None
    chunked: bool


ENDS = st.sampled_from([b"\r\n", b"\n", b"\r\n--"])
MORE = st.sampled_from([b"", b'; filename="x"', b"; name*=utf-8''%ff", b"; x"])
LINKS = [
    *["/u/{leave}", "/u/{confirm}", "/u/{unknown}", "/confirm/{confirm}", "/stop/{stop}"],
    *["/stop/{confirm}", "/stop/{unknown}", "/preferences/{preferences}", "/preferences/{leave}"],
    *["/undo/{undo}", "/renew/{renew}", "/renew/{leave}", "/address/{address}", "/move/{move}"],
    *["/data/{data}", "/erase/{erase}", "/erase/{data}"],
]
PAGES = ["/join", "/link", "/", "/healthz", "/readyz", "/static/site.css", "//u/{leave}", "/u/"]
KNOWN = st.sampled_from([*LINKS, *LINKS, "/join", "/link", *PAGES])
ODD = st.binary(max_size=20).map(lambda raw: "/" + quote_from_bytes(raw)) | st.binary(
    max_size=40
).map(lambda raw: "/u/" + quote_from_bytes(raw, safe=""))
PATHS = st.integers(0, 4).flatmap(lambda chance: KNOWN if chance else ODD)
QUERIES = st.just("") | st.binary(max_size=20).map(lambda raw: "?" + quote_from_bytes(raw))
HEADERS = st.dictionaries(
    st.sampled_from(["User-Agent", "Cookie", "Range", "Accept", "Origin", "X-Forwarded-For"]),
    st.sampled_from(HOSTILE),
    max_size=2,
)
FIELDS = st.lists(st.tuples(NAMES, VALUES), max_size=6)
FORMS = FIELDS.map(lambda fields: (FORM, urlencode(fields).encode()))
RAW = st.tuples(st.sampled_from([FORM, "text/plain", *HOSTILE[:4]]), st.binary(max_size=200))


@st.composite
def multipart(draw: st.DrawFn) -> tuple[str, bytes]:
    end, more, body = draw(ENDS), draw(MORE), b""
    for name, value in draw(FIELDS):
        body += b'--b\r\nContent-Disposition: form-data; name="' + name.encode() + b'"' + more
        body += b"\r\n\r\n" + value.encode() + end
    kind = f"multipart/form-data; boundary=b; charset={draw(st.sampled_from(CHARSETS))}"
    return kind, body + b"--b--\r\n"


BODIES = FORMS | multipart() | RAW


@st.composite
def requests(draw: st.DrawFn) -> Request:
    path = draw(PATHS) + draw(QUERIES)
    kind, body = draw(BODIES)
    headers = {**draw(HEADERS), "Content-Type": kind}
    cut = draw(st.just(len(body)) | st.integers(0, len(body)))
    return Request(draw(st.sampled_from(METHODS)), path, headers, body[:cut], draw(st.booleans()))


def send(site: Site, request: Request, tokens: dict[str, str]) -> Answer:
    path = request.path
    for name, token in tokens.items():
        path = path.replace(f"{{{name}}}", token)
    said = request.body and request.body.replace(FORM_TOKEN.encode(), tokens["form"].encode())
    body: bytes | Iterable[bytes] | None = said
    if request.chunked and said:
        body = iter([said[:7], said[7:] or b" "])
    return site.request(request.method, path, body, request.headers)


def wish_token(site: Site, kind: WishKind) -> str:
    """Let the first person have a wish, and return the token of its link."""
    with writing(site.app.engine) as connection:
        moved = "moved@example.org" if kind == WishKind.MOVE else ""
        wishes.add(connection, 1, kind, site.app.clock(), moved)
        reference = connection.execute(
            select(wish.c.reference).where(wish.c.kind == kind)
        ).scalar_one()
    return site.app.signer.sign(PURPOSES[kind], reference)


def tokens_of(site: Site, relay: Relay) -> dict[str, str]:
    """Let there be people, and return a token for each thing that a link can do."""
    confirmed(site.app, "first@example.org", "projects", "jobs")
    confirmed(site.app, "second@example.org", "projects")
    goodbye = site.post(site.leave_path("second@example.org"), PAGE)
    confirm = asked(site, relay.messages, "events")[9:]
    wished = {str(kind): wish_token(site, kind) for kind in PURPOSES}
    preferences = preferences_path(site, "first@example.org").removeprefix("/preferences/")
    dated = site.app.signer.verify_dated(Purpose.PREFERENCES, preferences)
    assert dated is not None
    return wished | {
        "leave": site.leave_path("first@example.org")[3:],
        "confirm": confirm,
        "stop": link_path(relay.messages[-1], "stop")[6:],
        "preferences": preferences,
        "renew": site.app.signer.sign_dated(Purpose.RENEW, dated.reference, dated.signed_on),
        "undo": undo_path(goodbye).removeprefix("/undo/"),
        "unknown": site.app.links.unsubscribe_token("A" * 12),
        "form": str(filled_in(site, {})["form"]),
    }


class Watch:
    """Tells whether the database holds something else than when it was last asked.

    Every row is looked at, but only where somebody has committed something.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._aside: sqlite3.Connection | None = None
        if engine.dialect.name == "sqlite":
            self._aside = sqlite3.connect(str(engine.url.database))
        self._commits, self._seen = self._count(), snapshot(engine)

    def has_changed(self) -> bool:
        """Compare with last time."""
        before, self._commits = self._commits, self._count()
        if before == self._commits:
            return False
        seen, self._seen = self._seen, snapshot(self._engine)
        return seen != self._seen

    def close(self) -> None:
        """Let go of the file."""
        if self._aside is not None:
            self._aside.close()

    def _count(self) -> object:
        if self._aside is not None:
            return self._aside.execute("PRAGMA data_version").fetchone()
        with reading(self._engine) as connection:
            count = text("SELECT pg_snapshot_xmax(pg_current_snapshot())::text")
            return connection.execute(count).scalar_one()


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize("range_", ["bytes=0-1", "bytes=-1", "bytes=9-1", "bytes=0-0,5-9,x", "x=1"])
@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_range_of_the_style_sheet(site: Site, method: str, range_: str) -> None:
    answer = site.request(method, "/static/site.css", None, {"Range": range_, "If-Range": "x"})
    assert answer.status in (200, 206, 400, 405, 416)


@pytest.mark.parametrize("number", range(-(-REQUESTS // A_ROUND)))
def test_no_request_breaks_a_page(site: Site, relay: Relay, backend: str, number: int) -> None:
    tokens = tokens_of(site, relay)
    many = min(REQUESTS, A_ROUND)

    @seed(number)
    @settings(
        max_examples=many if backend == "sqlite" else many // 3,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(requests())
    @example(Request("POST", "/u/{leave}", {"Content-Type": FORM}, b"only=ticked", True))
    @example(Request("POST", "/link", {"Content-Type": ESCAPED}, ESCAPE, False))
    def attack(request: Request) -> None:
        answer = send(site, request, tokens)
        assert answer.status < 500
        assert answer.status != 303 or request.path.split("?")[0] in ("/", "/%0A")
        assert "set-cookie" not in answer.headers
        assert "content-security-policy" in answer.headers
        may_change = request.method == "POST" and answer.status < 400
        assert not watch.has_changed() or may_change

    with closing(Watch(site.app.engine)) as watch:
        attack()
