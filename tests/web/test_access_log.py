"""The log says what was done, and holds nothing that opens a link (item H10)."""

import logging

import pytest

from tests.support.installations import confirmed
from tests.support.processes import wait_until
from tests.support.relay import Relay
from tests.support.site import Site
from tests.web.people import ADA, asked


def test_h10_no_token_reaches_the_log(
    site: Site,
    relay: Relay,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    confirmed(site.app, ADA)
    leave, confirm = site.leave_path(ADA), asked(site, relay.messages, "jobs")
    caplog.set_level(logging.DEBUG)
    for path in (confirm, leave):
        token = path.rpartition("/")[2]
        for wrong in (
            f"/U/{token}", f"//u/{token}", f"/u/{token}/extra", f"/u//{token}", f"/u{token}",
            f"/u/{token}?a=b", f"/u?token={token}", f"/?{token}", f"/{token}", f"/{token}/x",
            f"/u/x?{token}", f"/u%2F{token}", f"/%75/{token}", f"/u/{token[:-1]}", f"/.{token}.",
            f"/u/{token}%0d%0aforged:%20line", f"///////{token}", f"/join/{token}", f"/-/{token}",
            f"http://localhost/u/{token}", f"/x{token[:11]}/{token}", f"u/{token}",
        ):  # fmt: skip
            for method in ("GET", "HEAD", "DELETE", "POST"):
                site.request(method, wrong)
        site.request("GET", path, None, {"Upgrade": "websocket", "Connection": "Upgrade"})
        site.request("GET", path, None, {"Upgrade": "h2c", "Connection": "Upgrade"})
        site.converse(f"GET {path} HTTP/1.1 more\r\n\r\n".encode())
        site.converse(f"GET {path}\x01 HTTP/1.1\r\n\r\n".encode())
        site.post(path, b"x" * 100_000)
        assert site.post(path).status == 200
    wait_until("the last line", lambda: "POST /u/... 200" in caplog.text)
    out, err = capfd.readouterr()
    said = "\n".join(record.getMessage() for record in caplog.records) + out + err
    assert "POST /confirm/... 200" in said
    for path in (leave, confirm):
        token = path.rpartition("/")[2]
        for part in (token[:12], token[3:15], token[15:27], token[25:37]):
            assert part not in said
    assert "forged" not in said


def test_what_is_not_a_word_of_ours_is_not_logged(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "pinlabs_mailer.web")
    for path in ("/join", "/a%0Ab", "/%1b[31m", "/%E2%80%AE", "/" + "a" * 13, "/robots.txt"):
        site.get(path)
    wait_until("the last line", lambda: "robots" in caplog.text)
    said = [record.getMessage().rsplit(" ", 1)[0] for record in caplog.records]
    assert said == ["GET /join 200", *["GET /... 404"] * 4, "GET /robots.txt 404"]
