"""The records to publish: of the right form, complete where they can be, a remark where not."""

from pathlib import Path

import dns.rrset
import dns.zone
import pytest

from pinlabs_mailer import settings
from pinlabs_mailer.doctor.dmarc import record as dmarc
from pinlabs_mailer.doctor.records import Published, to_publish
from pinlabs_mailer.doctor.spf import record as spf
from pinlabs_mailer.mail import dkim_key

DOMAIN = "pinlabs.example"


def published(tmp_path: Path, key: bool = False, **given: str) -> list[Published]:
    made = dkim_key.make(tmp_path / "dkim.pem", "s1", DOMAIN) if key else None
    return to_publish(settings.load({}, None, tmp_path, **given), DOMAIN, made)


def named(records: list[Published], name: str, kind: str) -> Published:
    (found,) = (one for one in records if (one.name, one.type) == (name, kind))
    return found


def test_the_lines_are_those_of_a_zone_file(tmp_path: Path) -> None:
    records = published(
        tmp_path,
        key=True,
        return_domain="bounce.pinlabs.example",
        sending_addresses="192.0.2.10,2001:db8::10",
        smtp_url="smtp://mail.pinlabs.example",
    )
    lines = "\n".join(record.zone_line.replace(";", ";", 1) for record in records)
    zone = dns.zone.from_text(f"$TTL 60\n{lines}\n", ".", check_origin=False, relativize=False)
    assert {name.to_text() for name in zone} == {
        "bounce.pinlabs.example.",
        "s1._domainkey.pinlabs.example.",
        "_dmarc.pinlabs.example.",
    }
    assert len(named(records, "s1._domainkey.pinlabs.example", "TXT").strings) == 2
    assert all(len(part) <= 255 for record in records for part in record.strings)


def test_d01_spf_names_the_addresses_that_are_known(tmp_path: Path) -> None:
    records = published(tmp_path, sending_addresses="192.0.2.10,2001:db8::10")
    record = named(records, DOMAIN, "TXT")
    assert record.value == "v=spf1 ip4:192.0.2.10 ip6:2001:db8::10 ~all"
    spf.parse(record.value)


@pytest.mark.parametrize(
    ("relay", "term", "complete"),
    [
        ("smtp://mail.pinlabs.example", "a:mail.pinlabs.example", True),
        ("smtps://pin:secret@smtp.provider.test", "include:SPF.OF.YOUR.PROVIDER", False),
        ("smtp://localhost", "ip4:ADDRESS.OF.THE.RELAY", False),
        ("smtp://192.0.2.1", "ip4:ADDRESS.OF.THE.RELAY", False),
    ],
)
def test_d01_without_them_spf_is_what_the_relay_tells(
    tmp_path: Path, relay: str, term: str, complete: bool
) -> None:
    record = named(published(tmp_path, smtp_url=relay), DOMAIN, "TXT")
    assert record.value == f"v=spf1 {term} ~all"
    assert record.complete is complete
    assert record.zone_line.startswith("; ") is not complete


def test_d02_the_record_of_our_key(tmp_path: Path) -> None:
    record = named(published(tmp_path, key=True), f"s1._domainkey.{DOMAIN}", "TXT")
    key = dkim_key.read(tmp_path / "dkim.pem", "s1", DOMAIN)
    assert record.value == dkim_key.dns_record(key).value
    assert record.strings == dkim_key.dns_record(key).strings


def test_d03_dmarc_says_a_policy_and_where_reports_go(tmp_path: Path) -> None:
    record = named(published(tmp_path), f"_dmarc.{DOMAIN}", "TXT")
    read = dmarc.parse(record.value)
    assert dmarc.is_dmarc(record.value)
    assert (read.policy, read.faults) == ("none", ())
    assert read.reports_to == (f"postmaster@{DOMAIN}",)


def test_d06_returns_have_a_server_where_it_is_known(tmp_path: Path) -> None:
    domain, host = "bounce.pinlabs.example", "mail.pinlabs.example"
    records = published(tmp_path, smtp_url="smtp://localhost", return_domain=domain, smtp_helo=host)
    record = named(records, "bounce.pinlabs.example", "MX")
    assert record.zone_line == "bounce.pinlabs.example. IN MX 10 mail.pinlabs.example."
    unknown = named(published(tmp_path, return_domain=domain), "bounce.pinlabs.example", "MX")
    assert not unknown.complete


def test_d05_ptr_is_a_remark(tmp_path: Path) -> None:
    record = published(tmp_path, sending_addresses="192.0.2.10")[-1]
    assert record.zone_line == "; 10.2.0.192.in-addr.arpa. IN PTR NAME.OF.THE.RELAY."
