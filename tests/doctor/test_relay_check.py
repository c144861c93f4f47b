"""The relay: it answers, is secured, knows us, takes our sender, and greets by its name."""

from dataclasses import replace
from pathlib import Path

import pytest

from pinlabs_mailer.doctor.checks import relay
from pinlabs_mailer.doctor.finding import State
from tests.support.certificates import make_certificates
from tests.support.relay import Cut, on

from .scene import FROM, PASSWORD, RETURNS, Scene

pytestmark = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
OK, WARNING, ERROR = State.OK, State.WARNING, State.ERROR


def test_a_relay_that_is_right_passes_and_gets_no_mail(scene: Scene) -> None:
    found = {finding.name: finding for finding in scene.look(relay.check)}
    assert {finding.state for finding in found.values()} == {OK}
    assert "takes our login" in found["relay.connection"].seen
    assert "TLSv1.3" in found["relay.tls"].seen
    commands = [command.split(":")[0].split(" ")[0] for command in scene.relay.commands]
    assert f"MAIL FROM:<postmaster@{RETURNS}>" in scene.relay.commands
    assert commands == ["EHLO", "STARTTLS", "EHLO", "AUTH", "MAIL", "RCPT", "RSET", "QUIT"]


def test_tls_from_the_first_byte_passes_too(scene: Scene) -> None:
    scene.relay.play(implicit_tls=True)
    settings = scene.app.settings
    assert settings.smtp_url is not None
    scene.set(smtp_url=replace(settings.smtp_url, security="tls"))
    assert set(scene.states(relay.check).values()) == {OK}


def test_rfc_4954_a_login_that_is_refused(scene: Scene) -> None:
    scene.relay.play(users={"pin": "another"})
    (found,) = scene.look(relay.check)
    assert (found.state, "refused the login" in found.seen) == (ERROR, True)
    assert PASSWORD not in str(found)


def test_rfc_3207_without_starttls_nothing_is_said(scene: Scene) -> None:
    scene.relay.play(tls=None)
    (found,) = scene.look(relay.check)
    assert found.state is ERROR
    assert "STARTTLS" in found.seen.upper()


def test_rfc_8314_a_certificate_of_a_stranger(scene: Scene, tmp_path: Path) -> None:
    stranger = make_certificates(tmp_path)
    scene.relay.play(tls=stranger.server_context())
    (found,) = scene.look(relay.check)
    assert (found.state, "certificate" in found.seen) == (ERROR, True)


def test_rfc_8314_a_certificate_that_ends_soon(scene: Scene, tmp_path: Path) -> None:
    soon = make_certificates(tmp_path, days=10)
    scene.relay.play(tls=soon.server_context())
    scene.set(smtp_ca=str(soon.authority))
    found = scene.only(relay.check, "relay.certificate")
    assert (found.state, "ends in 9 days" in found.seen) == (WARNING, True)


@pytest.mark.parametrize("answer", ["554 5.7.1 Go away", Cut(), Cut(reset=True)])
@pytest.mark.parametrize("verb", ["CONNECT", "EHLO"])
def test_a_relay_that_turns_us_away(scene: Scene, verb: str, answer: str | Cut) -> None:
    scene.relay.play(rules=(on(verb, answer),))
    assert scene.states(relay.check)["relay.connection"] is ERROR


def test_a_relay_that_is_not_there(scene: Scene) -> None:
    scene.relay.refuse()
    assert scene.states(relay.check)["relay.connection"] is ERROR


def test_a_relay_that_takes_no_mail_from_our_sender(scene: Scene) -> None:
    scene.relay.play(rules=(on("MAIL", "553 5.7.1 Not yours"),))
    found = scene.only(relay.check, "relay.sender")
    assert (found.state, "553" in found.seen) == (ERROR, True)


def test_rfc_2142_a_relay_that_does_not_know_postmaster(scene: Scene) -> None:
    scene.relay.play(rules=(on("RCPT", "550 5.1.1 Nobody", to=f"postmaster@{FROM}"),))
    assert scene.states(relay.check)["relay.sender"] is WARNING


def test_a_relay_that_hangs_up_half_way(scene: Scene) -> None:
    scene.relay.play(rules=(on("MAIL", Cut()),))
    assert ERROR in scene.states(relay.check).values()


def test_mail_that_would_travel_in_the_clear(scene: Scene) -> None:
    scene.relay.play(tls=None, users={})
    settings = scene.app.settings
    assert settings.smtp_url is not None
    plain = replace(settings.smtp_url, security="none", username=None, password=None)
    scene.set(smtp_url=plain)
    assert scene.states(relay.check)["relay.tls"] is OK  # it is on this machine
    scene.set(smtp_url=replace(plain, host="127.1"))  # the same, by a name that does not say so
    assert scene.states(relay.check)["relay.tls"] is WARNING


def test_d05_a_relay_that_greets_by_another_name_than_its_address_has(scene: Scene) -> None:
    scene.names.publish("10.2.0.192.in-addr.arpa", "PTR", "mail.pinlabs.example.")
    scene.set(sending_addresses=scene.app.settings.sending_addresses[:1])  # type: ignore[index]
    found = scene.only(relay.check, "relay.name")
    assert (found.state, "greets as relay.test" in found.seen) == (WARNING, True)


def test_staging_is_told(scene: Scene) -> None:
    scene.set(only_to="me@example.org")
    assert scene.states(relay.check)["relay.only_to"] is WARNING


def test_a_relay_that_says_rubbish(scene: Scene) -> None:
    scene.relay.play(rules=(on("EHLO", b"\xff\xfe\x00\x1b[31m\r\n"),))
    (found,) = scene.look(relay.check)
    assert found.state is ERROR
    assert found.seen.isprintable()
