"""Every form a setting takes, and what is said of other forms."""

from pathlib import Path

import pytest
from tests.unit.settings.examples import BAD, GOOD
from tests.unit.settings.loading import PASSWORD, complaint, one, toml

from pinlabs_mailer.settings import load
from pinlabs_mailer.settings.model import FIELDS


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
