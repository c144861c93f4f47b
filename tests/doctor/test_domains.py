"""Items D5 and D6: the domains take mail, the addresses have names, whatever DNS answers."""

from contextlib import suppress

import pytest

from pinlabs_mailer.doctor.checks import domains, reverse
from pinlabs_mailer.doctor.dns import Dns, DnsTrouble
from pinlabs_mailer.doctor.finding import State
from pinlabs_mailer.settings import Mailbox
from tests.support.nameserver import Fault

from .scene import FROM, RETURNS, SENDING, Scene

pytestmark = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
OK, WARNING, ERROR, UNKNOWN = State.OK, State.WARNING, State.ERROR, State.UNKNOWN
POINTER = "10.2.0.192.in-addr.arpa"


def test_d06_domains_that_are_right_pass(scene: Scene) -> None:
    found = scene.look(domains.check)
    assert {finding.state for finding in found} == {OK}
    told = " ".join(finding.seen for finding in found)
    assert f"{RETURNS} takes mail" in told
    assert f"{FROM} takes mail" in told


@pytest.mark.parametrize(
    ("values", "state", "said"),
    [
        (["0 ."], ERROR, "takes no mail"),  # RFC 7505
        (["0 .", "10 mx.pinlabs.example."], ERROR, "beside"),
        (["10 gone.pinlabs.example."], ERROR, "no address"),
        (["10 mx.pinlabs.example.", "20 gone.pinlabs.example."], WARNING, "no address"),
        (["10 alias.pinlabs.example."], WARNING, "alias"),
        ([], ERROR, "neither"),
    ],
)
def test_d06_mx_of_the_return_domain(
    scene: Scene, values: list[str], state: State, said: str
) -> None:
    scene.names.publish("alias.pinlabs.example", "CNAME", "mx.pinlabs.example.")
    scene.names.publish(RETURNS, "MX", *values)
    found = scene.only(domains.check, "domain.mx")
    assert found.state is state
    assert said in found.seen


def test_d06_rfc_5321_5_1_an_address_stands_in_for_mx(scene: Scene) -> None:
    scene.names.publish(RETURNS, "MX")
    scene.names.publish(RETURNS, "A", "192.0.2.44")
    assert scene.only(domains.check, "domain.mx").state is WARNING


def test_m25_the_domain_has_an_soa_as_yahoo_asks(scene: Scene) -> None:
    scene.names.publish(FROM, "SOA")
    found = scene.look(domains.check)
    assert [one.state for one in found if one.name == "domain.soa"] == [ERROR, ERROR]


def test_d06_a_domain_that_does_not_exist(scene: Scene) -> None:
    scene.set(return_domain="no.such.test")
    found = scene.only(domains.check, "domain.soa")
    assert (found.state, "does not exist" in found.seen) == (ERROR, True)


def test_m25_the_domain_of_reply_to_takes_mail_too(scene: Scene) -> None:
    scene.set(reply_to=Mailbox("", "hello@answers.test"))
    assert "answers.test" in scene.only(domains.check, "domain.mx").seen


def test_d06_rfc_2142_postmaster_and_abuse(scene: Scene) -> None:
    found = scene.only(domains.check, "domain.roles")
    assert (found.state, f"abuse@{FROM}" in found.seen) == (OK, True)
    scene.names.publish(FROM, "MX", "0 .")
    found = scene.only(domains.check, "domain.roles")
    assert (found.state, f"postmaster@{FROM}" in found.seen) == (ERROR, True)


def test_d06_one_domain_that_cannot_be_asked_hides_not_the_other(scene: Scene) -> None:
    scene.names.faults[FROM] = Fault.REFUSED
    found = [one for one in scene.look(domains.check) if one.name == "domain.mx"]
    assert [one.state for one in found] == [UNKNOWN, OK]
    assert found[1].seen.startswith(RETURNS)


def test_d05_addresses_with_names_that_lead_back_pass(scene: Scene) -> None:
    assert [finding.state for finding in scene.look(reverse.check)] == [OK, OK]


def test_d05_an_address_without_a_name(scene: Scene) -> None:
    scene.names.publish(POINTER, "PTR")
    found = scene.only(reverse.check, "reverse.name")
    assert found.state is ERROR
    assert SENDING in found.seen


def test_d05_a_name_that_does_not_lead_back(scene: Scene) -> None:
    scene.names.publish("relay.test", "A", "192.0.2.11")
    found = scene.only(reverse.check, "reverse.name")
    assert (found.state, "does not lead back" in found.seen) == (ERROR, True)


def test_d05_one_of_several_names_leads_back(scene: Scene) -> None:
    scene.names.publish(POINTER, "PTR", "www.pinlabs.example.", "relay.test.")
    assert scene.states(reverse.check)["reverse.name"] is OK


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("mail.pinlabs.example", OK),
        ("mta-10.pinlabs.example", OK),
        ("192-0-2-10.provider.test", WARNING),
        ("host10.2.0.192.provider.test", WARNING),
        ("ec2-192-0-2-10.compute.test", WARNING),
        ("c10.dyn.provider.test", WARNING),
        ("dsl-customer.provider.test", WARNING),
    ],
)
def test_d05_a_name_that_was_made_from_the_address(scene: Scene, name: str, state: State) -> None:
    scene.names.publish(POINTER, "PTR", f"{name}.")
    scene.names.publish(name, "A", SENDING)
    assert scene.states(reverse.check)["reverse.name"] is state


@pytest.mark.parametrize(
    ("helo", "state"),
    [
        ("sender.pinlabs.example", OK),
        ("[192.0.2.1]", OK),
        ("localhost", WARNING),
        ("localhost.localdomain", WARNING),
        ("laptop", WARNING),
        ("gone.pinlabs.example", WARNING),
    ],
)
def test_d05_rfc_5321_4_1_1_1_the_name_we_greet_with(scene: Scene, helo: str, state: State) -> None:
    scene.set(smtp_helo=helo)
    assert scene.states(reverse.greeting)["reverse.ehlo"] is state


@pytest.mark.parametrize("fault", [Fault.GARBAGE, Fault.REFUSED, Fault.SERVFAIL, Fault.OTHER_ID])
def test_a_broken_answer_is_trouble_and_no_crash(scene: Scene, fault: Fault) -> None:
    scene.names.faults[""] = fault
    dns = scene.subject().dns
    with pytest.raises(DnsTrouble):
        dns.texts(FROM)


def test_an_alias_that_leads_to_itself_ends(scene: Scene) -> None:
    scene.names.publish("a.test", "CNAME", "b.test.")
    scene.names.publish("b.test", "CNAME", "a.test.")
    with pytest.raises(DnsTrouble):
        scene.subject().dns.texts("a.test")


def test_a_question_is_asked_once_and_a_giant_answer_is_cut(scene: Scene) -> None:
    scene.names.publish("big.test", "TXT", "x" * 60_000)
    dns = scene.subject().dns
    assert [len(text) for text in dns.texts("big.test")] == [8_000]
    assert dns.texts("BIG.test.") == dns.texts("big.test")
    assert [name for name, _ in scene.names.asked].count("big.test") <= 2  # UDP, then TCP


@pytest.mark.parametrize("name", ["x" * 64 + ".test", "a..b", "é" * 70, "x." * 130, "\x00.test"])
def test_a_name_that_is_none_is_trouble_and_no_crash(scene: Scene, name: str) -> None:
    dns = scene.subject().dns
    with suppress(DnsTrouble):
        assert dns.texts(name) == []


def test_without_time_nothing_is_asked(scene: Scene) -> None:
    dns: Dns = scene.subject(seconds=0).dns
    with pytest.raises(DnsTrouble, match="no time"):
        dns.texts(FROM)
    assert scene.names.asked == []
