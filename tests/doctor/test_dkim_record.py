"""Item D2: the record in DNS is that of our key."""

from pathlib import Path

import pytest

from pinlabs_mailer.doctor.checks import dkim
from pinlabs_mailer.doctor.finding import State
from pinlabs_mailer.mail import dkim_key

from .scene import FROM, SELECTOR, Scene

pytestmark = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
NAME = f"{SELECTOR}._domainkey.{FROM}"


def test_d02_the_record_of_our_key_passes(scene: Scene) -> None:
    states = scene.states(dkim.check)
    assert states == dict.fromkeys(("dkim.key", "dkim.record", "dkim.matches"), State.OK)


def test_d02_the_record_may_be_behind_an_alias(scene: Scene, record: str) -> None:
    scene.names.publish(NAME, "TXT")
    scene.names.publish(NAME, "CNAME", "key.provider.test.")
    scene.names.publish("key.provider.test", "TXT", record)
    assert scene.states(dkim.check)["dkim.matches"] is State.OK


def test_d02_spaces_of_a_providers_form_do_no_harm(scene: Scene, record: str) -> None:
    scene.names.publish(NAME, "TXT", record[:200] + " " + record[200:])
    assert scene.states(dkim.check)["dkim.matches"] is State.OK


def test_d02_no_record(scene: Scene) -> None:
    scene.names.publish(NAME, "TXT")
    found = scene.only(dkim.check, "dkim.record")
    assert found.state is State.ERROR
    assert NAME in found.remedy


def test_d02_two_records(scene: Scene, record: str) -> None:
    scene.names.publish(NAME, "TXT", record, "v=DKIM1; p=")
    assert scene.only(dkim.check, "dkim.record").state is State.ERROR


def test_d02_the_record_of_another_key(scene: Scene, tmp_path: Path) -> None:
    other = dkim_key.make(tmp_path / "other.pem", SELECTOR, FROM)
    scene.names.publish(NAME, "TXT", dkim_key.dns_record(other).value)
    assert scene.only(dkim.check, "dkim.matches").state is State.ERROR


@pytest.mark.parametrize(
    ("old", "new", "state"),
    [
        ("v=DKIM1; ", "v=DKIM1; t=y; ", State.WARNING),
        ("v=DKIM1; ", "v=DKIM1; t=s; s=email; h=sha1:sha256; ", State.OK),
        ("v=DKIM1; ", "", State.WARNING),
        ("v=DKIM1; ", "v=DKIM2; ", State.ERROR),
        ("k=rsa", "k=ed25519", State.ERROR),
        ("k=rsa", "k=rsa; s=tlsrpt", State.ERROR),
        ("k=rsa", "k=rsa; h=sha1", State.ERROR),
    ],
)
def test_d02_rfc_6376_3_6_1_the_tags_of_the_record(
    scene: Scene, record: str, old: str, new: str, state: State
) -> None:
    scene.names.publish(NAME, "TXT", record.replace(old, new))
    assert scene.states(dkim.check)["dkim.record"] is state


@pytest.mark.parametrize("text", ["v=DKIM1; p=", "v=DKIM1; p=%%%", "é" * 3000, "", "p", ";;=;"])
def test_d02_rubbish_is_no_key(scene: Scene, text: str) -> None:
    scene.names.publish(NAME, "TXT", text)
    states = scene.states(dkim.check)
    assert State.ERROR in states.values()


def test_d02_without_a_key_the_relay_must_sign(scene: Scene) -> None:
    scene.set(dkim_key=None, dkim_selector=None)
    found = scene.only(dkim.check, "dkim.key")
    assert found.state is State.UNKNOWN
    assert "dkim keygen" in found.remedy


def test_m23_a_key_that_cannot_be_used_is_a_fault_of_the_settings(scene: Scene) -> None:
    scene.set(dkim_key="/no/such.pem")
    (found,) = scene.look(dkim.check)
    assert found.state is State.ERROR
    assert found.configuration
