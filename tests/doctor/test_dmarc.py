"""Items D3 and D4: DMARC by RFC 9989, and alignment."""

import pytest

from pinlabs_mailer.doctor.checks import dmarc
from pinlabs_mailer.doctor.dmarc.tree import climb
from pinlabs_mailer.doctor.finding import State
from pinlabs_mailer.settings import Mailbox
from tests.support.nameserver import Fault

from .scene import FROM, RETURNS, Scene

pytestmark = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
OK, WARNING, ERROR, UNKNOWN = State.OK, State.WARNING, State.ERROR, State.UNKNOWN
RUA = "rua=mailto:dmarc@pinlabs.example"


def publish(scene: Scene, *records: str, at: str = FROM) -> None:
    scene.names.publish(f"_dmarc.{at}", "TXT", *records)


def send_from(scene: Scene, domain: str) -> None:
    scene.set(from_=Mailbox("Pin Labs", f"news@{domain}"), dkim_key=None, dkim_selector=None)
    scene.names.publish(domain, "SOA", "ns.test. host.test. 1 2 3 4 5")


def test_d03_a_right_record_passes(scene: Scene) -> None:
    assert set(scene.states(dmarc.check).values()) == {OK}
    assert "says quarantine for" in scene.only(dmarc.check, "dmarc.record").seen


def test_d03_no_record(scene: Scene) -> None:
    publish(scene)
    assert scene.only(dmarc.check, "dmarc.record").state is ERROR
    publish(scene, "v=DMARC2; p=none", "p=none; v=DMARC1", "v=spf1 -all")
    assert scene.only(dmarc.check, "dmarc.record").state is ERROR


def test_d03_two_records_are_none(scene: Scene) -> None:
    publish(scene, f"v=DMARC1; p=none; {RUA}", "v=DMARC1; p=reject")
    found = scene.only(dmarc.check, "dmarc.record")
    assert (found.state, "more than one" in found.seen) == (ERROR, True)


def test_d03_rfc_9989_4_10_the_record_of_the_organisation_counts_for_names_below(
    scene: Scene,
) -> None:
    publish(scene, f"v=DMARC1; p=reject; sp=quarantine; np=none; {RUA}")
    send_from(scene, f"news.letters.{FROM}")
    assert f"_dmarc.{FROM} says quarantine" in scene.only(dmarc.check, "dmarc.record").seen
    scene.names.publish(f"news.letters.{FROM}", "SOA")  # a name that does not exist
    assert "says none" in scene.only(dmarc.check, "dmarc.record").seen


def test_d03_rfc_9989_4_10_the_walk_goes_up_to_the_top_and_takes_eight_steps(scene: Scene) -> None:
    subject = scene.subject()
    deep = ".".join(f"l{which}" for which in range(12)) + ".example"
    climb(subject.dns, deep)
    asked = [name for name, _ in scene.names.asked if name.startswith("_dmarc.")]
    assert asked[0] == f"_dmarc.{deep}"
    assert asked[1] == "_dmarc.l6.l7.l8.l9.l10.l11.example"
    assert asked[-1] == "_dmarc.example"
    assert len(asked) == 8


@pytest.mark.parametrize(
    ("records", "organisation"),
    [
        ({}, "a.b.pinlabs.example"),
        ({"pinlabs.example": ""}, "pinlabs.example"),
        ({"pinlabs.example": "", "a.b.pinlabs.example": ""}, "pinlabs.example"),
        ({"example": "psd=y"}, "pinlabs.example"),
        ({"pinlabs.example": "", "example": "psd=y"}, "pinlabs.example"),
        ({"b.pinlabs.example": "psd=n", "pinlabs.example": ""}, "b.pinlabs.example"),
        ({"pinlabs.example": "psd=y"}, "b.pinlabs.example"),
        ({"a.b.pinlabs.example": "psd=y", "pinlabs.example": ""}, "a.b.pinlabs.example"),
        ({"pinlabs.example": "psd=u", "example": "psd=x"}, "example"),
    ],
)
def test_d03_rfc_9989_4_10_2_the_organisational_domain(
    scene: Scene, records: dict[str, str], organisation: str
) -> None:
    publish(scene)
    for domain, tag in records.items():
        publish(scene, f"v=DMARC1; p=none; {tag}", at=domain)
    assert climb(scene.subject().dns, "a.b.pinlabs.example").organisation == organisation


@pytest.mark.parametrize(
    ("tags", "state", "said"),
    [
        ("p=none; np=reject; sp=none; psd=u; t=n; adkim=r; aspf=s", OK, ""),
        ("p=none; psd=y", ERROR, "psd=y"),
        ("p=reject; t=y", WARNING, "t=y"),
        ("p=none; pct=50; ri=86400; rf=afrf", WARNING, "pct, rf, ri"),
        ("p=everything", WARNING, "p=everything"),
        ("sp=none", WARNING, "no p"),
        ("p=none; p=reject", WARNING, "twice"),
        ("p=none; nonsense", WARNING, "nonsense"),
    ],
)
def test_d03_rfc_9989_4_7_the_tags(scene: Scene, tags: str, state: State, said: str) -> None:
    publish(scene, f"v=DMARC1; {tags}; {RUA}")
    assert scene.states(dmarc.check).get("dmarc.tags", OK) is state
    assert any(said in finding.seen for finding in scene.look(dmarc.check))


@pytest.mark.parametrize(
    ("rua", "state"),
    [
        ("", WARNING),
        ("rua=mailto:a@pinlabs.example,mailto:b@reports.pinlabs.example!10m", OK),
        ("rua=https://pinlabs.example/", WARNING),
        ("rua=dmarc@pinlabs.example", WARNING),
    ],
)
def test_d03_reports_go_to_somebody(scene: Scene, rua: str, state: State) -> None:
    publish(scene, f"v=DMARC1; p=none; {rua}")
    assert scene.states(dmarc.check)["dmarc.reports"] is state


def test_d03_rfc_9990_4_a_host_of_others_must_have_agreed(scene: Scene) -> None:
    publish(scene, "v=DMARC1; p=none; rua=mailto:x@reports.test")
    found = scene.only(dmarc.check, "dmarc.reports")
    assert found.state is WARNING
    assert f"{FROM}._report._dmarc.reports.test" in found.remedy
    scene.names.publish(f"{FROM}._report._dmarc.reports.test", "TXT", "v=DMARC1")
    assert scene.only(dmarc.check, "dmarc.reports").state is OK


def test_d07_bimi_counts_only_with_a_stricter_policy(scene: Scene) -> None:
    scene.names.publish(f"default._bimi.{FROM}", "TXT", "v=BIMI1; l=https://pinlabs.example/l.svg")
    assert scene.states(dmarc.check)["dmarc.bimi"] is OK
    publish(scene, f"v=DMARC1; p=none; {RUA}")
    assert scene.states(dmarc.check)["dmarc.bimi"] is WARNING


def test_d04_domains_of_one_organisation_are_aligned(scene: Scene) -> None:
    assert scene.states(dmarc.aligned) == {"alignment.envelope": OK, "alignment.dkim": OK}


def test_d04_domains_of_two_organisations_are_not(scene: Scene) -> None:
    scene.set(return_domain="bounces.other.test", dkim_domain="other.test")
    states = scene.states(dmarc.aligned)
    assert states == {"alignment.envelope": ERROR, "alignment.dkim": ERROR}
    assert "PINLABS_RETURN_DOMAIN" in scene.only(dmarc.aligned, "alignment.envelope").remedy


def test_d04_without_a_key_of_ours_nothing_is_said_of_the_signature(scene: Scene) -> None:
    scene.set(dkim_key=None, dkim_selector=None)
    assert scene.states(dmarc.aligned) == {"alignment.envelope": OK}


def test_d04_strict_alignment_asks_for_the_very_same_domain(scene: Scene) -> None:
    publish(scene, f"v=DMARC1; p=none; aspf=s; adkim=s; {RUA}")
    states = scene.states(dmarc.aligned)
    assert states == {"alignment.envelope": ERROR, "alignment.dkim": OK}


def test_d04_rfc_9989_psd_n_below_makes_an_organisation_of_its_own(scene: Scene) -> None:
    publish(scene, "v=DMARC1; p=none; psd=n", at=RETURNS)
    assert scene.states(dmarc.aligned)["alignment.envelope"] is ERROR


def test_d03_a_server_that_fails_is_not_a_domain_without_a_policy(scene: Scene) -> None:
    scene.names.faults[f"_dmarc.{FROM}"] = Fault.SERVFAIL
    (found,) = scene.look(dmarc.check)
    assert found.state is UNKNOWN
    assert "failure" in found.seen
