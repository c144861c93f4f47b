"""Secrets are nowhere in what is shown or said."""

from pathlib import Path

import pytest
from tests.unit.settings.loading import PASSWORD, complaint, toml

from pinlabs_mailer.settings import load, shown
from pinlabs_mailer.settings.model import FIELDS

LEAKS = [
    ("smtp_url", f"smtps://me:{PASSWORD}@mail.example.com"),
    ("smtp_url", f"smtps://me@example.com:{PASSWORD}@mail.example.com"),
    ("smtp_url", f"smtps://me:{PASSWORD}%40x@mail.example.com"),
    ("smtp_url", f"smtps://me:x@{PASSWORD}@mail.example.com"),
    ("database_url", f"postgresql://me:{PASSWORD}@db.example.com/mail"),
    ("database_url", f"postgresql+psycopg://me@x:{PASSWORD}@db/mail"),
    ("database_url", f"postgresql://me:a/{PASSWORD}@db/mail"),
    ("database_url", f"postgresql:///mail?host=db&password={PASSWORD}&user=me"),
    ("database_url", f"postgresql:///mail?sslpassword={PASSWORD}"),
    ("secret_keys", PASSWORD * 3),
]


@pytest.mark.parametrize(("name", "raw"), LEAKS)
def test_secrets_are_neither_shown_nor_in_the_repr(name: str, raw: str) -> None:
    settings = load({f"PINLABS_{name.upper()}": raw})
    for text in (repr(settings), str(settings), str(shown(settings))):
        assert PASSWORD not in text
    assert "(hidden)" in str(shown(settings)[f"PINLABS_{name.upper()}"]["value"])
    assert PASSWORD not in repr(settings.smtp_url)


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("smtp_url", f"smtp://me:{PASSWORD}@mail.example.com"),
        ("smtp_url", f"me:{PASSWORD}@mail.example.com"),
        ("smtp_url", f"smtps://me:{PASSWORD}@mail.example.com:99999"),
        ("secret_keys", PASSWORD),
        ("dkim_key", f"-----BEGIN PRIVATE KEY-----\n{PASSWORD}"),
        ("database_url", f"postgresql://me:{PASSWORD}@db\n"),
        ("smtp_ur", f"smtps://me:{PASSWORD}@mail.example.com"),
    ],
)
def test_secrets_are_not_in_what_is_said_about_their_faults(
    name: str, raw: str, tmp_path: Path
) -> None:
    file = tmp_path / "secret"
    file.write_text(raw, encoding="utf-8")
    variable = f"PINLABS_{name.upper()}"
    quoted = raw.replace("\n", "\\n")
    for environ, config in (
        ({variable: raw}, None),
        ({f"{variable}_FILE": str(file)}, None),
        ({}, toml(tmp_path, f'{name} = "{quoted}"')),
        ({}, toml(tmp_path, f'{name} = "{quoted}"\nmax_posts', "cut.toml")),
    ):
        if name == "database_url" and variable + "_FILE" in environ:
            continue  # the line end is stripped, and what is left is good
        assert PASSWORD not in complaint(environ, config)


def test_what_is_shown_has_every_setting_with_its_source() -> None:
    environ = {"PINLABS_MAX_POSTS": "3", "PINLABS_SMTP_URL": "smtps://me:pw@mail.example.com"}
    said = shown(load(environ))
    assert list(said) == [f"PINLABS_{name.upper()}" for name in FIELDS]
    assert said["PINLABS_MAX_POSTS"] == {"value": "3", "from": "PINLABS_MAX_POSTS"}
    assert said["PINLABS_MAX_AGE"] == {"value": "90d", "from": "default"}
    assert said["PINLABS_BASE_URL"] == {"value": None, "from": "default"}
