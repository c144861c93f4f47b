"""Which settings make a mail signed, and which sets of them are refused."""

from pathlib import Path

import pytest

from pinlabs_mailer.app.signing_key import aligned, signing_key
from pinlabs_mailer.errors import ConfigurationError
from pinlabs_mailer.mail import dkim_key
from pinlabs_mailer.settings import load

SENDER = "news@Mail.Example.com"


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("key") / "dkim.pem"
    dkim_key.make(path, "s1", "example.com")
    return str(path)


def complaint(**given: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        signing_key(load({}, None, **given), SENDER)
    return str(caught.value)


def test_without_settings_nothing_is_signed() -> None:
    assert signing_key(load({}), SENDER) is None


def test_the_domain_is_the_senders_unless_another_is_given(pem: str) -> None:
    key = signing_key(load({}, None, dkim_key=pem, dkim_selector="s1"), SENDER)
    assert key is not None
    assert (key.selector, key.domain) == ("s1", "mail.example.com")
    above = signing_key(
        load({}, None, dkim_key=pem, dkim_selector="s1", dkim_domain="example.com"), SENDER
    )
    assert above is not None
    assert above.domain == "example.com"


def test_half_a_set_of_settings_is_told(pem: str) -> None:
    assert "PINLABS_DKIM_SELECTOR is not set" in complaint(dkim_key=pem)
    assert "PINLABS_DKIM_KEY is not set" in complaint(dkim_selector="s1")
    assert "PINLABS_DKIM_KEY is not set" in complaint(dkim_domain="example.com")


def test_a_domain_that_dmarc_would_not_take_is_told(pem: str) -> None:
    for domain in ("example.org", "com", "news.mail.example.com", "ample.com"):
        said = complaint(dkim_key=pem, dkim_selector="s1", dkim_domain=domain)
        assert f"PINLABS_DKIM_DOMAIN is {domain}" in said


def test_a_key_that_is_not_there_is_told(tmp_path: Path) -> None:
    said = complaint(dkim_key=str(tmp_path / "none.pem"), dkim_selector="s1")
    assert "cannot be read" in said
    assert "dkim keygen" in said


@pytest.mark.parametrize(
    ("domain", "own", "fits"),
    [
        ("example.com", "example.com", True),
        ("example.com", "a.b.example.com", True),
        ("localhost", "localhost", True),
        ("com", "example.com", False),
        ("a.example.com", "example.com", False),
        ("xample.com", "example.com", False),
    ],
)
def test_alignment(domain: str, own: str, fits: bool) -> None:
    assert aligned(domain, own) is fits
