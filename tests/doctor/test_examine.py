"""All checks together: what is right passes, one failure hides nothing, nothing takes for ever."""

import socket
import time
from ipaddress import ip_address

import pytest
from sqlalchemy import Engine

from pinlabs_mailer.doctor.dns import Dns
from pinlabs_mailer.doctor.examine import CHECKS, Check, examine, guarded
from pinlabs_mailer.doctor.finding import State, Topic
from pinlabs_mailer.settings import Server
from tests.support.nameserver import Fault
from tests.support.relay import Hang, on
from tests.support.site import snapshot

from .scene import PASSWORD, Scene


def dns(scene: Scene) -> Dns:
    return Dns(Server(ip_address("127.0.0.1"), scene.names.port), 10)


def test_where_all_is_right_nothing_is_found_but_that_the_pages_are_on_loopback(
    served: Scene,
) -> None:
    report = examine(served.app, dns(served))
    bad = {finding.name: finding for finding in report.findings if finding.state is not State.OK}
    if served.app.engine.dialect.name == "postgresql":
        assert bad.pop("database.durable").seen.startswith("fsync")  # tests have it off, for speed
    assert bad.keys() == {"pages.address"}, bad
    assert bad["pages.address"].state is State.WARNING
    assert not report.misconfigured
    assert {section.title for section in report.sections} == {check.group for check in CHECKS}


def test_looking_changes_nothing_and_sends_nothing(served: Scene) -> None:
    before = snapshot(served.app.engine)
    examine(served.app, dns(served))
    assert snapshot(served.app.engine) == before
    assert served.relay.messages == []
    assert not any(command.startswith("DATA") for command in served.relay.commands)


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_check_that_breaks_is_a_finding_and_keeps_what_it_had_found(scene: Scene) -> None:
    topic = Topic("broken", "none")

    def half(subject: object) -> object:
        yield topic.ok("this much")
        raise ZeroDivisionError

    found = list(guarded(Check("", topic, half), scene.subject()))  # type: ignore[arg-type]
    assert [finding.state for finding in found] == [State.OK, State.UNKNOWN]
    assert "ZeroDivisionError" in found[1].seen


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_servers_that_never_answer_cost_seconds_and_hide_nothing_else(scene: Scene) -> None:
    scene.names.faults[""] = Fault.SILENT
    scene.relay.play(rules=(on("EHLO", Hang()),))
    with socket.create_server(("127.0.0.1", 0)) as deaf:  # takes connections, says nothing
        scene.set(base_url=f"https://127.0.0.1:{deaf.getsockname()[1]}")
        began = time.monotonic()
        report = examine(scene.app, dns(scene), seconds=12)
        assert time.monotonic() - began < 15
    by_name = {finding.name: finding.state for finding in report.findings}
    assert by_name["relay.connection"] is State.ERROR
    assert by_name["pages.ready"] is State.ERROR
    assert by_name["dmarc.record"] is State.UNKNOWN
    assert by_name["database.schema"] is State.OK


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_database_that_never_answers_is_an_error(scene: Scene) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        url = f"postgresql://u:{PASSWORD}@127.0.0.1:{deaf.getsockname()[1]}/x"
        scene.set(database_url=url)
        report = examine(scene.app, dns(scene), seconds=2)
        by_name = {finding.name: finding for finding in report.findings}
    assert by_name["database.schema"].state is State.ERROR
    assert by_name["dmarc.record"].state is State.OK
    assert PASSWORD not in str(report)


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_check_that_takes_too_long_is_left_behind(scene: Scene) -> None:
    scene.names.faults[""] = Fault.SILENT
    began = time.monotonic()
    report = examine(scene.app, dns(scene), seconds=0.5)
    assert time.monotonic() - began < 2
    assert any("too long" in finding.seen for finding in report.findings)


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_no_secret_is_told_even_if_a_server_repeats_it(scene: Scene) -> None:
    scene.relay.play(rules=(on("AUTH", f"535 5.7.8 no: {PASSWORD}"),))
    report = examine(scene.app, dns(scene))
    told = " ".join(finding.seen + finding.remedy for finding in report.findings)
    assert "(hidden)" in told
    assert PASSWORD not in told
    keys = scene.app.settings.secret_keys
    assert keys
    assert keys[0] not in told


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_without_any_settings_each_check_says_what_it_lacks(engine: Engine, scene: Scene) -> None:
    names = ("from_", "base_url", "smtp_url", "postal_address", "sending_addresses")
    more = ("return_domain", "dkim_key", "dkim_selector", "smtp_helo")
    scene.set(**dict.fromkeys(names + more))
    report = examine(scene.app, dns(scene))
    assert report.misconfigured
    unset = {finding.name: finding.seen for finding in report.findings}
    assert unset["dmarc.record"] == "PINLABS_FROM is not set."
    assert unset["relay.connection"] == "PINLABS_SMTP_URL is not set."
    assert unset["pages.address"] == "PINLABS_BASE_URL is not set."
    missing = [finding.seen for finding in report.findings if finding.name == "settings"]
    assert len(missing) == 4


def test_a_database_that_is_not_set_up_is_told_once(scene: Scene, empty_database_url: str) -> None:
    scene.set(database_url=empty_database_url.replace("pinlabs-mailer.db", "other.db"))
    report = examine(scene.app, dns(scene))
    schema = [finding for finding in report.findings if finding.name == "database.schema"]
    assert [finding.state for finding in schema] == [State.ERROR]
    assert report.misconfigured
    assert "db upgrade" in schema[0].remedy
    others = [finding for finding in report.findings if finding.configuration]
    assert others == schema
