"""Where settings come from, and faults that are told together, each with its place."""

from datetime import time, timedelta
from pathlib import Path

import pytest
from tests.unit.settings.loading import KEY, PASSWORD, complaint, toml

from pinlabs_mailer.errors import ConfigurationError
from pinlabs_mailer.settings import Schedule, load, required


def test_defaults_hold_when_nothing_is_set() -> None:
    settings = load({})
    assert settings.database_url == "sqlite:///pinlabs-mailer.db"
    assert settings.schedule == Schedule(time(9), weekday=1)
    assert settings.timezone.key == "UTC"
    assert settings.max_posts == 6
    assert settings.max_age == timedelta(days=90)
    assert settings.smtp_connections == 10
    hours = [5 / 60, 10 / 60, 20 / 60, 45 / 60, 1.5, 3, 4]
    assert [pause / timedelta(hours=1) for pause in settings.retry_after] == hours
    assert settings.fetch_private is False
    for name in ("base_url", "from_", "smtp_url", "secret_keys", "only_to", "list_id"):
        assert getattr(settings, name) is None
    assert {origin.place for origin in settings.origins.values()} == {"default"}


def test_the_environment_stands_above_the_file_and_what_is_given_above_both(
    tmp_path: Path,
) -> None:
    config = toml(tmp_path, "max_posts = 3\nsmtp_connections = 4\ntimezone = 'Asia/Tokyo'\n")
    environ = {"PINLABS_MAX_POSTS": "5", "PINLABS_SMTP_CONNECTIONS": "6"}
    settings = load(environ, config, max_posts="7")
    assert (settings.max_posts, settings.smtp_connections) == (7, 6)
    assert settings.timezone.key == "Asia/Tokyo"
    places = {name: origin.place for name, origin in settings.origins.items()}
    assert places["max_posts"] == "given"
    assert places["smtp_connections"] == "PINLABS_SMTP_CONNECTIONS"
    assert places["timezone"] == str(config)
    assert places["max_age"] == "default"


def test_the_file_is_that_of_the_option_then_of_the_variable_then_of_the_folder(
    tmp_path: Path,
) -> None:
    toml(tmp_path, "max_posts = 1", "pinlabs-mailer.toml")
    assert load({}).max_posts == 1  # every test works in its own folder
    named = toml(tmp_path, "max_posts = 2", "named.toml")
    assert load({"PINLABS_CONFIG": str(named)}).max_posts == 2
    option = toml(tmp_path, "max_posts = 3", "option.conf")
    assert load({"PINLABS_CONFIG": str(named)}, option).max_posts == 3
    assert load({"PINLABS_CONFIG": ""}).max_posts == 1


def test_toml_values_of_every_plain_kind(tmp_path: Path) -> None:
    config = toml(
        tmp_path,
        "fetch_private = true\nmax_posts = 8\nretry_after = ['1m', '2m']\n"
        f"secret_keys = ['{KEY}']\n"
        'postal_address = """\n1 Street\nTown"""\n',
    )
    settings = load({}, config)
    assert settings.fetch_private is True
    assert settings.max_posts == 8
    assert settings.retry_after == (timedelta(minutes=1), timedelta(minutes=2))
    assert settings.secret_keys == (KEY,)
    assert settings.postal_address == "1 Street\nTown"


def test_any_variable_may_be_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "smtp"
    secret.write_text(f"smtps://me:{PASSWORD}@mail.example.com\n")
    number = tmp_path / "number"
    number.write_text("9\n")
    settings = load({"PINLABS_SMTP_URL_FILE": str(secret), "PINLABS_MAX_POSTS_FILE": str(number)})
    assert settings.smtp_url is not None
    assert settings.smtp_url.password == PASSWORD
    assert settings.max_posts == 9
    assert settings.origins["smtp_url"].place == "PINLABS_SMTP_URL_FILE"


def test_a_variable_stands_above_its_file_and_an_empty_one_is_none(tmp_path: Path) -> None:
    number = tmp_path / "number"
    number.write_text("9")
    both = {"PINLABS_MAX_POSTS": "4", "PINLABS_MAX_POSTS_FILE": str(number)}
    assert load(both).max_posts == 4
    assert load(both | {"PINLABS_MAX_POSTS": ""}).max_posts == 9
    assert load({"PINLABS_MAX_POSTS": "", "PINLABS_MAX_POSTS_FILE": ""}).max_posts == 6


def test_other_programs_variables_are_left_alone() -> None:
    assert load({"PATH": "/bin", "PINLABS": "x", "pinlabs_max_posts": "x"}).max_posts == 6


def test_all_faults_are_told_at_once_each_with_its_place(tmp_path: Path) -> None:
    config = toml(tmp_path, "max_post = 3\nmax_age = 1.5\nschedule = 'never'\n[smtp]\nurl = 'x'\n")
    environ = {
        "PINLABS_BASE_URL": "nowhere",
        "PINLABS_TIMEZON": "UTC",
        "PINLABS_SMTP_CA_FILE": str(tmp_path / "missing"),
        "PINLABS_FROM": "nobody",
    }
    said = complaint(environ, config)
    assert said.startswith("The settings are not right:\n  - ")
    assert len(said.splitlines()) == 1 + 8
    for part in (
        f"max_post in {config} is not a setting: did you mean max_posts?",
        f"max_age in {config}: write text, a number, true, false or a list of texts",
        f"schedule in {config} is 'never': write weekly tuesday 09:00",
        f"smtp in {config} is not a setting",
        "PINLABS_BASE_URL is 'nowhere': write an address such as https://news.example.com",
        "PINLABS_TIMEZON is not a setting: did you mean PINLABS_TIMEZONE?",
        "PINLABS_SMTP_CA_FILE: ",
        "PINLABS_FROM is 'nobody': write Name <address>",
    ):
        assert part in said


def test_an_unknown_setting_with_no_likeness_is_told_to_be_removed() -> None:
    said = complaint({"PINLABS_QQQQQQQQQQ": "x"})
    assert "PINLABS_QQQQQQQQQQ is not a setting: remove it" in said


def test_a_fault_in_a_file_variable_names_that_variable(tmp_path: Path) -> None:
    path = tmp_path / "posts"
    path.write_text("many")
    assert "  - PINLABS_MAX_POSTS_FILE is 'many'" in complaint(
        {"PINLABS_MAX_POSTS_FILE": str(path)}
    )


@pytest.mark.parametrize(
    "text", ["max_posts = ", "max_posts 3", "max_posts = 3\nmax_posts = 4", "[", "x = 'a"]
)
def test_a_file_that_is_not_toml_is_named(tmp_path: Path, text: str) -> None:
    config = toml(tmp_path, text)
    assert f"The settings file {config} is not TOML" in complaint({}, config)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    for path in (tmp_path / "missing.toml", tmp_path):
        assert f"The settings file {path} cannot be read" in complaint({}, path)
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"max_jobs = 3\nmax_posts = '\xff'")
    said = complaint({}, binary)
    assert f"The settings file {binary} is not UTF-8: see line 2." in said
    assert "TOML" not in said
    assert "PINLABS_MAX_POSTS_FILE" in complaint({"PINLABS_MAX_POSTS_FILE": str(binary)})


def test_bytes_in_the_environment_that_are_no_text_are_told() -> None:
    said = complaint({"PINLABS_POSTAL_ADDRESS": "1 Stra\udcdfe"})
    assert said.isascii()
    assert "PINLABS_POSTAL_ADDRESS is not UTF-8" in said


def test_what_is_required_is_named_with_both_ways_to_set_it() -> None:
    with pytest.raises(ConfigurationError) as caught:
        required("base_url", load({}).base_url)
    assert "PINLABS_BASE_URL is not set" in str(caught.value)
    assert "write base_url in pinlabs-mailer.toml" in str(caught.value)
    assert required("base_url", "x") == "x"
