"""Item D1: SPF at the envelope domain, against a real name server."""

from dataclasses import replace
from ipaddress import ip_address

import pytest

from pinlabs_mailer.doctor.checks import spf
from pinlabs_mailer.doctor.finding import State
from pinlabs_mailer.doctor.spf.macro import Letter, expand
from pinlabs_mailer.doctor.spf.walk import Result, Walk
from tests.support.nameserver import Fault

from .scene import FROM, RETURNS, SENDING, Scene

pytestmark = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
OK, WARNING, ERROR, UNKNOWN = State.OK, State.WARNING, State.ERROR, State.UNKNOWN


def publish(scene: Scene, *records: str, at: str = RETURNS) -> None:
    scene.names.publish(at, "TXT", *records)


def test_d01_a_right_record_passes(scene: Scene) -> None:
    assert set(scene.states(spf.check).values()) == {OK}
    seen = scene.only(spf.check, "spf.lookups").seen
    assert "1 of 10" in seen


def test_d01_without_a_return_domain_the_from_domain_is_asked(scene: Scene) -> None:
    scene.set(return_domain=None)
    found = scene.only(spf.check, "spf.record")
    assert found.state is ERROR
    assert found.seen.startswith(f"{FROM} has no SPF record")
    assert "doctor dns" in found.remedy


def test_d01_there_is_exactly_one_record(scene: Scene) -> None:
    publish(scene, "v=spf1 -all", "another text", f"v=spf1 ip4:{SENDING} -all")
    found = scene.only(spf.check, "spf.record")
    assert (found.state, "2 SPF records" in found.seen) == (ERROR, True)
    publish(scene, "v=spf10 -all", "spf1 -all")
    assert scene.only(spf.check, "spf.record").state is ERROR


@pytest.mark.parametrize("number", [10, 11])
def test_d01_rfc_7208_4_6_4_ten_lookups_and_no_more(scene: Scene, number: int) -> None:
    includes = " ".join(f"include:s{which}.{FROM}" for which in range(number))
    for which in range(number):
        publish(scene, "v=spf1 ip4:198.51.100.1 -all", at=f"s{which}.{FROM}")
    publish(scene, f"v=spf1 ip4:{SENDING} ip6:2001:db8::/32 {includes} -all")
    found = scene.only(spf.check, "spf.lookups")
    assert found.state is (OK if number == 10 else ERROR), found
    assert str(number) in found.seen


def test_d01_lookups_of_included_records_count(scene: Scene) -> None:
    for which in range(12):
        publish(scene, f"v=spf1 include:n{which + 1}.{FROM} -all", at=f"n{which}.{FROM}")
    publish(scene, "v=spf1 -all", at=f"n12.{FROM}")
    publish(scene, f"v=spf1 ip4:{SENDING} include:n0.{FROM} -all")
    assert "13 look-ups" in scene.only(spf.check, "spf.lookups").seen


@pytest.mark.parametrize("number", [2, 3])
def test_d01_rfc_7208_4_6_4_two_void_lookups_and_no_more(scene: Scene, number: int) -> None:
    voids = " ".join(f"a:gone{which}.{FROM}" for which in range(number))
    publish(scene, f"v=spf1 ip4:{SENDING} ip6:2001:db8::10 {voids} -all")
    assert scene.only(spf.check, "spf.lookups").state is (OK if number == 2 else ERROR)


def test_d01_the_relay_must_be_covered(scene: Scene) -> None:
    publish(scene, f"v=spf1 ip4:{SENDING} -all")  # and not its IPv6 address
    found = scene.only(spf.check, "spf.covers")
    assert found.state is ERROR
    assert "2001:db8::10 (fail)" in found.seen
    assert SENDING not in found.seen


@pytest.mark.parametrize(
    "record",
    [
        "v=spf1 a:relay.test -all",
        f"v=spf1 a:{RETURNS} mx:sends.{FROM} -all",
        f"v=spf1 redirect=_all.{FROM}",
        f"v=spf1 ip4:198.51.100.1 ip6:2001:db8:ffff::/48 redirect=_all.{FROM}",
        f"v=spf1 exists:%{{i}}.allowed.{FROM} -all",
        "V=SPF1 +ip4:192.0.2.0/24 +IP6:2001:db8::/32 -ALL",
        "v=spf1  a:relay.test/24//64  ~all",
        "v=spf1 ptr:test -all",
        "v=spf1 unknown=modifier exp=why.%{d} a:relay.test -all",
    ],
)
def test_d01_rfc_7208_5_every_mechanism_can_cover_it(scene: Scene, record: str) -> None:
    names = scene.names
    names.publish(f"sends.{FROM}", "MX", "10 relay.test.")
    names.publish(RETURNS, "A", "198.51.100.7")
    names.publish(RETURNS, "AAAA", "2001:db8:ffff::7")
    publish(scene, "v=spf1 a:relay.test -all", at=f"_all.{FROM}")
    names.publish(f"{SENDING}.allowed.{FROM}", "A", "127.0.0.2")
    v6 = ".".join(ip_address("2001:db8::10").exploded.replace(":", ""))
    names.publish(f"{v6}.allowed.{FROM}", "A", "127.0.0.2")
    publish(scene, record)
    found = scene.states(spf.check)
    assert found["spf.covers"] is OK, scene.look(spf.check)
    assert found["spf.lookups"] is OK, scene.look(spf.check)


def test_d01_a_provider_that_may_send_from_elsewhere_is_only_a_warning(scene: Scene) -> None:
    relay = scene.app.settings.smtp_url
    assert relay is not None
    scene.set(sending_addresses=None, smtp_url=replace(relay, host="mx.pinlabs.example"))
    found = scene.only(spf.check, "spf.covers")
    assert found.state is WARNING
    assert "192.0.2.20" in found.seen
    scene.set(smtp_url=replace(relay, host="mx.pinlabs.example", username=None, password=None))
    assert scene.only(spf.check, "spf.covers").state is ERROR


def test_d01_a_relay_on_this_machine_wants_its_addresses_named(scene: Scene) -> None:
    scene.set(sending_addresses=None)
    found = scene.only(spf.check, "spf.covers")
    assert found.state is UNKNOWN
    assert "PINLABS_SENDING_ADDRESSES" in found.remedy
    assert scene.only(spf.check, "spf.lookups").state is OK


@pytest.mark.parametrize(
    ("ending", "state"),
    [("-all", OK), ("~all", OK), ("?all", WARNING), ("", WARNING), ("+all", ERROR), ("all", ERROR)],
)
def test_d01_the_record_ends_with_a_word_about_others(
    scene: Scene, ending: str, state: State
) -> None:
    publish(scene, f"v=spf1 ip4:{SENDING} {ending}".strip())
    assert scene.only(spf.check, "spf.ending").state is state


def test_d01_no_ptr(scene: Scene) -> None:
    publish(scene, "v=spf1 ptr:test -all")
    assert scene.states(spf.check)["spf.record"] is WARNING


@pytest.mark.parametrize(
    "record",
    [
        "v=spf1 ip4:192.0.2.300 -all",
        "v=spf1 ip4:2001:db8::1 -all",
        "v=spf1 ipv4:192.0.2.1 -all",
        "v=spf1 include: -all",
        "v=spf1 a:relay.test/33 -all",
        "v=spf1 redirect=a.test redirect=b.test",
        "v=spf1 ip4:192.0.2.10, -all",
        "v=spf1 “ip4:192.0.2.10” -all",
        "v=spf1 " + "ip4:192.0.2.10 " * 400 + "-all",
    ],
)
def test_d01_rfc_7208_4_6_a_record_with_a_fault_is_no_record(scene: Scene, record: str) -> None:
    publish(scene, record)
    found = scene.only(spf.check, "spf.record")
    assert found.state is ERROR
    assert found.seen.isascii()
    assert len(found.seen) < 300


def test_d01_rfc_7208_5_1_what_stands_behind_all_is_never_looked_at(scene: Scene) -> None:
    behind = " ".join(f"include:s{which}.{FROM}" for which in range(12))
    publish(scene, f"v=spf1 ip4:{SENDING} ip6:2001:db8::10 -all {behind} redirect=s.{FROM}")
    found = scene.only(spf.check, "spf.lookups")
    assert (found.state, "0 of 10" in found.seen) == (OK, True)


def test_d01_a_record_that_includes_itself_ends(scene: Scene) -> None:
    publish(scene, f"v=spf1 ip4:{SENDING} include:a.{FROM} -all")
    publish(scene, f"v=spf1 include:b.{FROM} include:b.{FROM} -all", at=f"a.{FROM}")
    publish(scene, f"v=spf1 include:a.{FROM} redirect={RETURNS}", at=f"b.{FROM}")
    found = scene.only(spf.check, "spf.lookups")
    assert found.state is ERROR
    assert "includes itself" in found.seen


def test_d01_includes_without_end_end(scene: Scene) -> None:
    for which in range(60):
        fan = " ".join(f"include:f{which + step}.{FROM}" for step in range(1, 9))
        publish(scene, f"v=spf1 {fan} -all", at=f"f{which}.{FROM}")
    publish(scene, f"v=spf1 ip4:{SENDING} include:f0.{FROM} -all")
    assert scene.only(spf.check, "spf.lookups").state is ERROR
    assert len(scene.names.asked) < 200


def test_d01_rfc_7208_5_2_an_include_without_a_record_is_an_error(scene: Scene) -> None:
    publish(scene, f"v=spf1 ip4:{SENDING} include:nothing.{FROM} -all")
    found = scene.only(spf.check, "spf.lookups")
    assert (found.state, f"include:nothing.{FROM}" in found.seen) == (ERROR, True)


def test_d01_what_dns_does_not_answer_is_not_known(scene: Scene) -> None:
    scene.names.faults["_spf.pinlabs.example"] = Fault.SERVFAIL
    states = scene.states(spf.check)
    assert states["spf.lookups"] is UNKNOWN
    assert states["spf.covers"] is UNKNOWN


def test_d01_a_long_record_comes_by_tcp(scene: Scene) -> None:
    many = [f"a text of no importance {which} " + "x" * 200 for which in range(20)]
    publish(scene, *many, f"v=spf1 ip4:{SENDING} ip6:2001:db8::10 -all")
    assert set(scene.states(spf.check).values()) == {OK}
    assert scene.names.by_tcp


@pytest.mark.parametrize(
    ("spec", "name"),
    [  # RFC 7208 section 7.4
        ("%{s}", "strong-bad@email.example.com"),
        ("%{o}", "email.example.com"),
        ("%{d}", "email.example.com"),
        ("%{d4}", "email.example.com"),
        ("%{d2}", "example.com"),
        ("%{d1}", "com"),
        ("%{dr}", "com.example.email"),
        ("%{d2r}", "example.email"),
        ("%{l}", "strong-bad"),
        ("%{l-}", "strong.bad"),
        ("%{lr}", "strong-bad"),
        ("%{lr-}", "bad.strong"),
        ("%{l1r-}", "strong"),
        ("%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"),
        ("%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"),
        ("%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}", "3.2.0.192.in-addr.strong.lp._spf.example.com"),
    ],
)
def test_rfc_7208_7_4_macros(scene: Scene, spec: str, name: str) -> None:
    letter = Letter(ip_address("192.0.2.3"), "strong-bad@email.example.com", "mail.test")
    assert expand(spec, "email.example.com", letter) == name


def test_rfc_7208_4_4_a_domain_without_a_record_says_nothing(scene: Scene) -> None:
    letter = Letter(ip_address(SENDING), f"news@{FROM}", "mail.test")
    assert Walk(scene.subject().dns, letter).check(f"nowhere.{FROM}") is Result.NONE
