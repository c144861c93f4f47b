"""`doctor` and `doctor dns` as they are typed."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from pinlabs_mailer.cli.doctor import told, verdict
from pinlabs_mailer.doctor.examine import Report, Section
from pinlabs_mailer.doctor.finding import Finding, Topic
from pinlabs_mailer.errors import ConfigurationError, MailerError
from tests.support.nameserver import NameServer
from tests.support.program import Program
from tests.support.relay import Relay

THING = Topic("thing", "RFC 1")
PASSWORD = "correct-horse-battery"


@pytest.fixture
def names() -> Iterator[NameServer]:
    with NameServer({("pinlabs.example", "MX"): ["0 ."]}) as server:
        yield server


@pytest.fixture
def surrounded(names: NameServer, relay: Relay) -> Program:
    """The program beside a name server and a relay."""
    relay.play(users={"pin": PASSWORD})
    program = Program()
    settings = {
        **program.settings,
        "dns_server": f"127.0.0.1:{names.port}",
        "smtp_url": f"smtp://pin:{PASSWORD}@localhost:{relay.port}",
        "base_url": "http://localhost:1",
    }
    program = Program(settings)
    program("db", "upgrade")
    return program


def test_what_is_wrong_is_told_with_a_fix_and_exit_code_1(surrounded: Program) -> None:
    done = surrounded("doctor", code=1)
    lines = done.out.splitlines()
    (number,) = (n for n, line in enumerate(lines) if "has no DMARC record" in line)
    assert lines[number].split()[:2] == ["ERROR", "dmarc.record"]
    assert lines[number + 1].strip().startswith("Fix: Publish")
    assert lines[number + 1].endswith("[D3, RFC 9989 section 4.10]")
    for heading in ("Settings and database", "DNS", "Relay", "Pages", "Sending"):
        assert heading in lines
    assert "Sending is not safe" in lines[-1]
    assert "would harm delivery" in done.err
    assert PASSWORD not in done.out + done.err
    assert "\x1b" not in done.out


def test_json_is_one_document(surrounded: Program) -> None:
    document = json.loads(surrounded("doctor", "--json", code=1).out)
    assert document["safe"] is False
    assert sum(document[state] for state in ("ok", "warning", "error", "unknown")) == len(
        document["items"]
    )
    one = next(item for item in document["items"] if item["name"] == "relay.connection")
    assert one.keys() == {
        "group", "name", "state", "seen", "remedy", "rule", "configuration",
    }  # fmt: skip
    assert one["state"] == "ok"


def test_settings_that_are_missing_are_exit_code_3(names: NameServer) -> None:
    done = Program({"dns_server": f"127.0.0.1:{names.port}"})("doctor", code=3)
    assert "PINLABS_FROM is not set" in done.out
    assert not Path("pinlabs-mailer.keys").exists()


def test_settings_that_cannot_be_read_are_exit_code_3() -> None:
    done = Program({"dns_server": "ns.example.com"})("doctor", code=3)
    assert "write an IP address" in done.err


def test_the_records_to_publish_need_no_network() -> None:
    sender = {"from": "Pin Labs <news@pinlabs.example>", "return_domain": "b.pinlabs.example"}
    Program(sender)("dkim", "keygen", "--selector", "s1")
    program = Program({**sender, "dkim_key": "dkim-s1.pem", "dkim_selector": "s1"})
    out = program("doctor", "dns").out
    assert "_dmarc.pinlabs.example. IN TXT" in out
    assert "s1._domainkey.pinlabs.example. IN TXT ( " in out
    assert "b.pinlabs.example. IN MX" in out
    items = program.json("doctor", "dns")["items"]
    (signature,) = (item for item in items if item["name"].startswith("s1."))
    assert "".join(signature["strings"]) == signature["value"]
    assert all(item["why"] for item in items)


def test_the_records_need_a_sender() -> None:
    assert "PINLABS_FROM is not set" in Program({})("doctor", "dns", code=3).err


def report(*findings: Finding) -> Report:
    return Report((Section("Things", findings),))


def test_warnings_do_not_make_sending_unsafe() -> None:
    found = report(THING.ok("good"), THING.warning("odd", "Mend it."))
    verdict(found)
    assert told(found)[-1] == "Sending is safe: 1 ok, 1 warning."


def test_what_could_not_be_looked_at_is_not_called_safe() -> None:
    found = report(THING.ok("good"), THING.unknown("?", "Look."))
    verdict(found)
    assert told(found)[-1].endswith("but not all could be looked at: 1 ok, 1 unknown.")


def test_an_error_does_and_a_setting_comes_before_it() -> None:
    wrong = THING.error("bad", "Mend it.")
    with pytest.raises(MailerError, match="1 finding would harm delivery"):
        verdict(report(wrong))
    with pytest.raises(ConfigurationError):
        verdict(report(wrong, THING.error("not set", "Set it.", configuration=True)))
