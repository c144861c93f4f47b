"""Every form a setting takes, and what is said of other forms."""

from datetime import time, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from tests.unit.settings.loading import KEY, PASSWORD, complaint, one, toml

from pinlabs_mailer.settings import Mailbox, Schedule, Server, Term, load
from pinlabs_mailer.settings.model import FIELDS

GOOD: dict[str, list[tuple[str, object]]] = {
    "database_url": [("sqlite:///x.db", "sqlite:///x.db")],
    "base_url": [
        ("https://news.example.com", "https://news.example.com"),
        ("https://news.example.com/", "https://news.example.com"),
        (" https://xn--bcher-kva.example ", "https://xn--bcher-kva.example"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://127.0.0.1:8000/", "http://127.0.0.1:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("http://demo.localhost", "http://demo.localhost"),
    ],
    "from": [
        ("Pin Labs <news@example.com>", Mailbox("Pin Labs", "news@example.com")),
        ('"Labs, Pin" <news@example.com>', Mailbox("Labs, Pin", "news@example.com")),
        ("news@example.com", Mailbox("", "news@example.com")),
        ("<news@example.com>", Mailbox("", "news@example.com")),
        ("  Büro  <news@EXAMPLE.com> ", Mailbox("Büro", "news@example.com")),
    ],
    "reply_to": [("hello@example.com", Mailbox("", "hello@example.com"))],
    "postal_address": [("1 Street\nTown", "1 Street\nTown"), (" x ", "x")],
    "privacy_url": [("https://example.com/privacy?x=1#y", "https://example.com/privacy?x=1#y")],
    "brand_name": [("Pin Labs & Söhne", "Pin Labs & Söhne")],
    "brand_color": [("#C8102E", "#c8102e"), (" #0a7 ", "#00aa77")],
    "brand_logo": [("brand/logo.svg", "brand/logo.svg"), ("/srv/Logo.PNG", "/srv/Logo.PNG")],
    "templates": [("our-templates", "our-templates")],
    "list_id": [("News.example.com", "news.example.com")],
    "unsubscribe_mailbox": [("leave+x@example.com", "leave+x@example.com")],
    "smtp_connections": [("1", 1), ("100", 100), ("007", 7)],
    "smtp_helo": [("mail.example.com", "mail.example.com")],
    "smtp_ca": [("/etc/ca.pem", "/etc/ca.pem")],
    "sending_addresses": [
        ("192.0.2.1", (ip_address("192.0.2.1"),)),
        ("192.0.2.1, 2001:db8::1", (ip_address("192.0.2.1"), ip_address("2001:db8::1"))),
    ],
    "dns_server": [
        ("192.0.2.53", Server(ip_address("192.0.2.53"), 53)),
        ("127.0.0.1:5353", Server(ip_address("127.0.0.1"), 5353)),
        ("::1", Server(ip_address("::1"), 53)),
        ("[::1]:5353", Server(ip_address("::1"), 5353)),
    ],
    "dkim_key": [("/etc/dkim.pem", "/etc/dkim.pem"), ("dkim s1.pem", "dkim s1.pem")],
    "dkim_selector": [("s1", "s1"), ("S2026.News", "s2026.news"), ("x" * 63, "x" * 63)],
    "dkim_domain": [("Example.com", "example.com"), ("xn--bcher-kva.example",) * 2],
    "return_domain": [("Return.Example.com", "return.example.com")],
    "ses_topic": [("arn:aws:sns:eu-west-1:123456789012:bounces",) * 2],
    "returns_aside": [("/var/mail/aside", "/var/mail/aside")],
    "returns_term": [("90d", Term(0, 90)), ("6 months", Term(6, 0))],
    "smtp_timeout": [("30s", timedelta(seconds=30))],
    "smtp_final_timeout": [("10m", timedelta(minutes=10))],
    "smtp_messages": [("1", 1), ("1000000", 1_000_000)],
    "smtp_age": [("1h", timedelta(hours=1))],
    "rate": [("50/s", 50.0), ("60/m", 1.0), ("36000/h", 10.0)],
    "destination_rates": [("google=20/s, *=5/s", {"google": 20.0, "*": 5.0})],
    "destinations": [("Gmail.com=google", {"gmail.com": "google"})],
    "on_doubt": [("resend", "resend"), ("HOLD", "hold")],
    "consent_network": [("keep", "keep"), ("HASH", "hash"), ("none", "none")],
    "doubt_after": [("15m", timedelta(minutes=15))],
    "secret_keys": [(KEY, (KEY,)), (f" {KEY} , {'o' * 40},", (KEY, "o" * 40))],
    "only_to": [("me@example.com", "me@example.com")],
    "retry_after": [
        ("30s", (timedelta(seconds=30),)),
        ("5m, 3h,2d", (timedelta(minutes=5), timedelta(hours=3), timedelta(days=2))),
    ],
    "schedule": [
        ("weekly tuesday 09:00", Schedule(time(9), weekday=1)),
        ("Weekly  SUNDAY 23:59", Schedule(time(23, 59), weekday=6)),
        ("daily 00:00", Schedule(time(0))),
        ("monthly 31 09:30", Schedule(time(9, 30), day=31)),
        ("every 2 weeks tuesday 09:00", Schedule(time(9), weekday=1, every_weeks=2)),
        ("every 52 weeks monday 09:00", Schedule(time(9), weekday=0, every_weeks=52)),
    ],
    "timezone": [("Europe/Berlin", ZoneInfo("Europe/Berlin")), ("UTC", ZoneInfo("UTC"))],
    "max_posts": [("1", 1), ("100", 100)],
    "max_events": [("1", 1), ("100", 100)],
    "max_jobs": [("1", 1), ("100", 100)],
    "min_items": [("1", 1), ("100", 100)],
    "welcome": [("true", True), ("FALSE", False)],
    "max_age": [("90d", timedelta(days=90)), ("36500d", timedelta(days=36500))],
    "fetch_private": [("true", True), ("FALSE", False)],
    "trusted_proxies": [
        ("127.0.0.1", (ip_network("127.0.0.1/32"),)),
        ("10.0.0.0/8, ::1", (ip_network("10.0.0.0/8"), ip_network("::1/128"))),
    ],
    "join_ceiling": [("1", 1), ("1000000", 1_000_000)],
    "join_per_domain": [("100", 100)],
    "join_per_network": [("30", 30)],
    "join_seconds": [("0", 0), ("60", 60)],
    "consent_term": [("24 months", Term(24, 0)), ("730d", Term(0, 730))],
    "consent_terms": [
        ("Jobs=12 months, events=3 years", {"jobs": Term(12, 0), "events": Term(36, 0)})
    ],
    "renewal_reminders": [("7d,30d", (timedelta(days=30), timedelta(days=7)))],
    "pending_term": [("30d", Term(0, 30)), ("1 month", Term(1, 0))],
    "proof_term": [("3 years to year end", Term(36, 0, True)), ("1 year", Term(12, 0))],
    "ledger_term": [("13 months", Term(13, 0)), ("2 months", Term(2, 0))],
}

BAD: dict[str, list[str]] = {
    "database_url": [" ", "a\nb"],
    "base_url": [
        "news.example.com",
        "ftp://news.example.com",
        "https://",
        "https:///path",
        "http://news.example.com",
        "http://127.0.0.1.example.com",
        "https://user@news.example.com",
        "https://user:pw@news.example.com",
        "https://news.example.com/sub",
        "https://news.example.com?x",
        "https://news.example.com/#x",
        "https://news.example.com:99999",
        "https://news.example.com:port",
        "https://news example.com",
        "https://news.exa\nmple.com",
        "https://<b>.example.com",
        "https://a,b.example.com",
        "https://bücher.example",
        "https://[::1",
        "javascript:alert(1)",
    ],
    "from": [
        "Pin Labs",
        "Pin Labs <news>",
        "Pin Labs <news@example.com> x",
        "a@example.com, b@example.com",
        "Pin <a@example.com> <b@example.com>",
        "Pin\nLabs <news@example.com>",
        "Pin Labs <news@example.com\r\nBcc: x@example.com>",
        'Pin "x" Labs <news@example.com>',
        "<>",
    ],
    "reply_to": ["nobody"],
    "postal_address": ["  ", "a\x00b", "a\tb"],
    "privacy_url": ["http://example.com", "/privacy"],
    "brand_name": [" ", "two\nlines", "\x07"],
    "brand_color": [
        "red",
        "#12345",
        "#12345g",
        "#fff;}*{display:none",
        "url(https://x.example)",
        "#fff\n}",
    ],
    "brand_logo": [
        "logo.html",
        "logo",
        "https://x.example/logo.png",
        "two\nlines.png",
        "a.png.exe",
    ],
    "templates": [" ", "two\nlines"],
    "sending_addresses": ["mail.example.com", "192.0.2.0/24", "192.0.2.1;192.0.2.2"],
    "dns_server": ["ns.example.com", "192.0.2.53:0", "192.0.2.53:70000", ":53", "[::1]:x", "1:2"],
    "list_id": ["news", "news..example", ".example", "news list.example", "x." + "y" * 260, "n.é"],
    "unsubscribe_mailbox": ["leave", "Leave <leave@example.com>"],
    "smtp_connections": ["0", "101", "-1", "ten", "1.5", "", " 5", "٣"],
    "smtp_ca": ["a\x00"],
    "dkim_key": ["-----BEGIN PRIVATE KEY-----", "a\x00", " "],
    "dkim_selector": ["s_1", "s1._domainkey", "-s", "s-", "s..1", ".s", "x" * 64, "é", "s;1"],
    "dkim_domain": ["bücher.example", "example.com.", "a@example.com", ".".join(["x" * 63] * 4)],
    "return_domain": ["example", "-x.example.com", "a b", "b@example.com", ".".join(["x" * 60] * 4)],
    "ses_topic": ["bounces", "arn:aws:sns:eu-west-1:1:b", "arn:aws:sqs:eu-west-1:123456789012:b"],
    "returns_aside": [" ", "a\nb"],
    "returns_term": ["0d", "soon"],
    "smtp_timeout": ["0s", "soon"],
    "smtp_final_timeout": ["10"],
    "smtp_messages": ["0", "many"],
    "smtp_age": ["-1h"],
    "rate": ["0/s", "50", "50/d", "fast"],
    "destination_rates": ["google", "google=fast", "=5/s"],
    "destinations": ["gmail.com", "gmail.com=", "a b=c"],
    "on_doubt": ["forget", ""],
    "consent_network": ["forget", ""],
    "doubt_after": ["1 minute"],
    "secret_keys": ["short", f"{KEY},short", " , "],
    "only_to": ["me@", "a@example.com,b@example.com"],
    "retry_after": ["5", "5m,,3h", "0m", "5 m", "m", "-5m", "5w", "", "5m;3h"],
    "schedule": [
        "weekly",
        "weekly tuesday",
        "weekly tuesday 9:00",
        "weekly tuesday 24:00",
        "weekly tue 09:00",
        "daily tuesday 09:00",
        "monthly 0 09:00",
        "monthly 32 09:00",
        "every 0 weeks tuesday 09:00",
        "every 53 weeks tuesday 09:00",
        "every two weeks tuesday 09:00",
        "every 2 weeks 09:00",
        "09:00",
        " ",
    ],
    "timezone": ["Berlin", "Europe", "europe/berlin", "../etc/passwd", "a\x00b", "UTC+1", "é"],
    "max_posts": ["0", "101"],
    "max_events": ["0", "101"],
    "max_jobs": ["0", "101"],
    "min_items": ["0", "101"],
    "welcome": ["yes", "1"],
    "max_age": ["90", "36501d", "999999d"],
    "fetch_private": ["yes", "1"],
    "trusted_proxies": ["", "localhost", "10.0.0.1/8", "10.0.0.0/8,,::1", "::g", "a\x00"],
    "join_ceiling": ["0", "none"],
    "join_per_domain": ["0"],
    "join_per_network": ["-1"],
    "join_seconds": ["61", "2s"],
    "consent_term": ["24", "0d", "two years", "101 years", "24 months to the end"],
    "consent_terms": ["jobs", "jobs=soon", "=12 months", "jobs=0d"],
    "renewal_reminders": ["12h", "7d,7d", "soon", "0d"],
    "pending_term": ["7d", "soon"],
    "proof_term": ["for ever", "0 years"],
    "ledger_term": ["1 month", "55d"],
}


@pytest.mark.parametrize(
    ("name", "raw", "value"), [(n, raw, value) for n, some in GOOD.items() for raw, value in some]
)
def test_a_setting_is_read(name: str, raw: str, value: object) -> None:
    assert one(name, raw) == value


@pytest.mark.parametrize(("name", "raw"), [(n, raw) for n, some in BAD.items() for raw in some])
def test_a_setting_of_another_form_is_told_with_its_fix(
    name: str, raw: str, tmp_path: Path
) -> None:
    file = tmp_path / "raw"
    file.write_text(raw, encoding="utf-8")
    if raw.strip() == raw != "":
        said = complaint({f"PINLABS_{name.upper()}": raw})
        assert f"  - PINLABS_{name.upper()}" in said
        assert ": write " in said or "http is for loopback only" in said
    escaped = "".join(f"\\U{ord(c):08X}" for c in raw)
    said = complaint({}, toml(tmp_path, f'{name} = "{escaped}"'))
    assert f"  - {name} in {tmp_path / 'own.toml'}" in said


def test_every_setting_has_good_and_bad_examples() -> None:
    assert set(GOOD) == FIELDS.keys() - {"smtp_url", "returns_imap_url"}
    assert set(BAD) == FIELDS.keys() - {"smtp_url", "returns_imap_url", "smtp_helo"}


@pytest.mark.parametrize(
    ("raw", "host", "port", "security", "login"),
    [
        ("smtp://mail.example.com", "mail.example.com", 25, "none", (None, None)),
        ("smtp://mail.example.com:2525/", "mail.example.com", 2525, "none", (None, None)),
        ("smtp://[::1]:2525", "::1", 2525, "none", (None, None)),
        ("smtp+starttls://mail.example.com", "mail.example.com", 587, "starttls", (None, None)),
        ("smtps://mail.example.com", "mail.example.com", 465, "tls", (None, None)),
        ("smtps://me:pw@mail.example.com", "mail.example.com", 465, "tls", ("me", "pw")),
        ("smtps://me%40x.org:p%3A%2f%23@h", "h", 465, "tls", ("me@x.org", "p:/#")),
        ("smtps://me@x.org:pw@h", "h", 465, "tls", ("me@x.org", "pw")),
        ("smtp://me:pw@localhost:1025", "localhost", 1025, "none", ("me", "pw")),
        ("smtp://me:pw@127.0.0.1", "127.0.0.1", 25, "none", ("me", "pw")),
    ],
)
def test_a_relay_is_read(
    raw: str, host: str, port: int, security: str, login: tuple[str | None, str | None]
) -> None:
    relay = load({"PINLABS_SMTP_URL": raw}).smtp_url
    assert relay is not None
    assert (relay.host, relay.port, relay.security) == (host, port, security)
    assert (relay.username, relay.password) == login


@pytest.mark.parametrize(
    "raw",
    [
        "mail.example.com",
        "http://mail.example.com",
        "smtp://",
        "smtp://mail.example.com:99999",
        "smtp://mail.example.com/path",
        "smtps://mail.example.com?starttls=no",
        "smtps://me:12#4@mail.example.com",  # would be read as host "me", port 12
        "smtps://me:12?4@mail.example.com",
        "smtps://me:12/4@mail.example.com",
        "smtps://:pw@mail.example.com",
        "smtps://me:p w@mail.example.com",
        "smtp://mail.example.com\r\nRCPT",
        "smtp://[::1",
    ],
)
def test_what_is_no_relay_is_told_without_repeating_it(raw: str) -> None:
    said = complaint({"PINLABS_SMTP_URL": raw})
    assert "  - PINLABS_SMTP_URL: write " in said
    assert raw == "smtp://" or raw not in said


@pytest.mark.parametrize(
    "host", ["mail.example.com", "192.0.2.1", "localhost.example.com", "10.0.0.1"]
)
def test_a_password_may_not_travel_in_the_clear(host: str) -> None:
    for login in (f"me:{PASSWORD}", "me"):
        said = complaint({"PINLABS_SMTP_URL": f"smtp://{login}@{host}"})
        assert "a password must not travel in the clear" in said
        assert PASSWORD not in said
