"""RFC 8058: one POST to the address in List-Unsubscribe, from any software, and it is done."""

from collections import Counter

import pytest
from sqlalchemy import select

from pinlabs_mailer.db.engine import reading
from pinlabs_mailer.db.tables import consent_event, delivery, subscription
from tests.support.installations import Clock, add_posts, confirmed
from tests.support.site import FORM, Site, snapshot

ADA, GRACE = "ada@example.org", "grace@example.org"
ONE_CLICK = b"List-Unsubscribe=One-Click"
MULTIPART = (
    b'--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n'
)


@pytest.fixture
def path(site: Site) -> str:
    """The link of Ada, who is in two topics. Grace is there to be left alone."""
    confirmed(site.app, ADA, "projects", "jobs", name="Ada")
    confirmed(site.app, GRACE)
    return site.leave_path(ADA)


def standing(site: Site) -> Counter[str]:
    with reading(site.app.engine) as connection:
        return Counter(connection.execute(select(subscription.c.status)).scalars())


def withdrawals(site: Site) -> int:
    with reading(site.app.engine) as connection:
        changes = connection.execute(select(consent_event.c.change)).scalars()
        return Counter(changes)["withdrawn"]


ADA_LEFT = Counter({"withdrawn": 2, "confirmed": 1})


def test_h01_urlencoded_one_click_leaves_everything(site: Site, path: str) -> None:
    assert site.post(path, ONE_CLICK, Content_Type=FORM).status == 200
    assert standing(site) == ADA_LEFT


def test_h01_multipart_one_click_leaves_everything(site: Site, path: str) -> None:
    answer = site.post(path, MULTIPART, Content_Type="multipart/form-data; boundary=b")
    assert answer.status == 200
    assert standing(site) == ADA_LEFT


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (None, None),
        (None, b""),
        (None, ONE_CLICK),
        (FORM, b""),
        (FORM, b"%"),
        (FORM, b"&=&;;=%zz%00\xff\xfe"),
        (FORM, b"onl=ticked"),
        (FORM, b"&".join([b"a=b"] * 60)),
        ("text/plain", b"no form at all"),
        ("application/json", b'{"List-Unsubscribe": "One-Click"}'),
        ("multipart/form-data", ONE_CLICK),
        ("multipart/form-data; boundary=", ONE_CLICK),
        ("multipart/form-data; boundary=b", b""),
        ("multipart/form-data; boundary=b", b"--b\r\n\r\nno name\r\n--b--\r\n"),
        ("multipart/form-data; boundary=b", MULTIPART[:60]),
        ("multipart/form-data; boundary=other", MULTIPART),
        ("multipart/form-data; boundary=" + "b" * 500, MULTIPART),
        ("multipart/form-data; boundary=b", MULTIPART.replace(b'"\r', b'"; filename="x"\r')),
        ("multipart/form-data; boundary=b; charset=undefined", MULTIPART),
        ("multipart/form-data; boundary=b; charset=idna", MULTIPART.replace(b"O", b"\xff")),
        ("multipart/form-data; boundary=b; charset=punycode", MULTIPART.replace(b"O", b"\xff")),
        ("multipart/form-data; boundary=b; charset=unicode_escape", MULTIPART),
        ("multipart/form-data; boundary=b; charset=rot13", MULTIPART),
        ("multipart/form-data; charset*=x'; boundary*0*=b; \xff", MULTIPART),
        (";;;", ONE_CLICK),
        ("\xff/\xfe", ONE_CLICK),
    ],
)
def test_h01_any_body_leaves_everything(
    site: Site, path: str, kind: str | None, body: bytes | None
) -> None:
    answer = site.request("POST", path, body, {} if kind is None else {"Content-Type": kind})
    assert answer.status == 200
    assert standing(site) == ADA_LEFT


def test_h01_what_waits_is_dropped_before_the_answer(site: Site, path: str, clock: Clock) -> None:
    add_posts(site.app, 1, 2, clock.now)
    clock.now = clock.now.replace(day=24)
    site.app.open_due(clock.now)
    assert site.post(path, ONE_CLICK, Content_Type=FORM).status == 200
    with reading(site.app.engine) as connection:
        rows = connection.execute(
            select(delivery.c.status, delivery.c.reason).order_by(delivery.c.subscriber_id)
        ).all()
    assert [tuple(row) for row in rows] == [("skipped", "withdrawn"), ("planned", "")]


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"User-Agent": ""},
        {"User-Agent": "Mozilla/5.0 \x7f\x80 'DROP TABLE" + "x" * 5000},
        {"Origin": "null", "Referer": "https://evil.example/", "Sec-Fetch-Site": "cross-site"},
        {"Cookie": "session=1; csrf=2", "Authorization": "Basic bm9ib2R5Om5vYm9keQ=="},
        {"Host": "["},
        {"Host": "elsewhere.example:99999"},
        {"Accept": "application/json", "Accept-Language": "xx", "Accept-Encoding": "br;q=z"},
        {
            "X-Forwarded-For": "not an address",
            "Forwarded": "for=;;",
            "X-HTTP-Method-Override": "GET",
        },
        {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"},
        {"Expect": "100-continue"},
        {"Range": "bytes=0-1", "If-None-Match": "*"},
    ],
)
def test_h02_any_client_is_served_and_none_gets_a_cookie(
    site: Site, path: str, headers: dict[str, str]
) -> None:
    if "Host" in headers:
        raw = f"POST {path} HTTP/1.1\r\nHost: {headers['Host']}\r\nConnection: close\r\n"
        said = site.converse(f"{raw}Content-Length: 0\r\n\r\n".encode())
        assert said.startswith(b"HTTP/1.1 200 ")
        assert b"set-cookie" not in said.lower()
    else:
        answer = site.request("POST", path, ONE_CLICK, {"Content-Type": FORM, **headers})
        assert answer.status == 200
        assert "set-cookie" not in answer.headers
    assert standing(site) == ADA_LEFT


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "PUT", "OPTIONS"])
def test_h03_nothing_redirects(site: Site, path: str, method: str) -> None:
    token = path.removeprefix("/u/")
    before = snapshot(site.app.engine)
    for wrong in (
        f"/u/{token}/", f"//u/{token}", f"/u//{token}", f"/U/{token}", f"/u/{token}/extra",
        f"/u/{token}//", f"/./u/{token}", f"/u/../u/{token}", f"/unsubscribe/{token}", f"/{token}",
        "/u", "/u/", f"/u/{token}%2F", f"/u/{token.swapcase()}", f"/confirm/{token}",
        f"/confirm/{token}/", "/join/", "//join", "/JOIN",
    ):  # fmt: skip
        answer = site.request(method, wrong)
        assert (wrong, answer.status) in {(wrong, 404), (wrong, 405)}
        assert "location" not in answer.headers
    assert snapshot(site.app.engine) == before
    assert site.request(method, path).status == (405 if method in ("PUT", "OPTIONS") else 200)


def test_h04_a_token_in_body_or_query_does_not_override(site: Site, path: str) -> None:
    other = site.leave_path(GRACE).removeprefix("/u/")
    body = {"List-Unsubscribe": "One-Click", "token": other, "email": GRACE, "id": "2"}
    assert site.post(f"{path}?token={other}&only=ticked", body).status == 200
    assert standing(site) == ADA_LEFT
    with reading(site.app.engine) as connection:
        left = connection.execute(
            select(subscription.c.topic_id).where(subscription.c.status == "confirmed")
        ).all()
    assert len(left) == 1


def test_h05_a_second_post_is_welcome_and_records_nothing(site: Site, path: str) -> None:
    first = site.post(path, ONE_CLICK, Content_Type=FORM)
    after = snapshot(site.app.engine)
    second = site.post(path, ONE_CLICK, Content_Type=FORM)
    assert (first.status, second.status) == (200, 200)
    assert second.body == first.body
    assert snapshot(site.app.engine) == after
    assert withdrawals(site) == 2
