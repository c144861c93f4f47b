"""`dkim keygen`: a key, and the record that makes its signatures count."""

import stat
from datetime import UTC, datetime
from pathlib import Path

from pinlabs_mailer.app.signing_key import signing_key
from pinlabs_mailer.mail.dkim_key import DnsRecord
from pinlabs_mailer.mail.message import Recipient, prepare
from pinlabs_mailer.mail.templates import RenderedMail
from pinlabs_mailer.settings import Mailbox, load
from tests.support import signatures
from tests.support.installations import GIVEN
from tests.support.program import Program


def test_a_key_is_made_and_the_record_is_for_a_zone_file() -> None:
    done = Program()("dkim", "keygen", "--selector", "S2026")
    path = Path("dkim-s2026.pem")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert done.out.startswith('s2026._domainkey.pinlabs.example. IN TXT ( "v=DKIM1; k=rsa; p=MII')
    assert done.out.count("\n") == 1
    assert max(map(len, done.out.split('"'))) <= 255
    assert f"PINLABS_DKIM_KEY={path}" in done.err
    assert "PRIVATE" not in done.out + done.err


def test_as_json_it_is_one_document() -> None:
    document = Program({}).json(
        "dkim", "keygen", "--selector", "a.b", "--domain", "News.example.com", "--out", "x.pem"
    )
    record = document.pop("record")
    assert document == {"key": "x.pem", "selector": "a.b", "domain": "news.example.com"}
    assert (record["name"], record["type"]) == ("a.b._domainkey.news.example.com", "TXT")
    assert "".join(record["strings"]) == record["value"]
    assert max(map(len, record["strings"])) <= 255


def test_what_it_makes_signs_what_the_record_verifies() -> None:
    document = Program().json("dkim", "keygen", "--selector", "s1")
    given = {"dkim_key": document["key"], "dkim_selector": document["selector"]}
    sender = Mailbox("", GIVEN["from"].partition("<")[2].rstrip(">"))
    key = signing_key(load({}, None, **given), sender.address)
    at = datetime(2026, 11, 24, 9, tzinfo=UTC)
    prepared = prepare(RenderedMail("s", "t", "h"), from_=sender, dkim=key)
    message = prepared.join(Recipient(sender, "1.x@pinlabs.example", {}), at)
    record = DnsRecord(document["record"]["name"], tuple(document["record"]["strings"]))
    assert signatures.accepted_by_dkimpy(message, record, at)


def test_a_key_in_use_is_never_written_over() -> None:
    program = Program()
    program("dkim", "keygen", "--selector", "s1")
    kept = Path("dkim-s1.pem").read_bytes()
    assert "--out" in program("dkim", "keygen", "--selector", "s1", code=2).err
    assert Path("dkim-s1.pem").read_bytes() == kept


def test_words_that_dns_does_not_take_are_told() -> None:
    program = Program({})
    assert "--selector" in program("dkim", "keygen", "--selector", "s_1", code=2).err
    words = ("dkim", "keygen", "--selector", "s1")
    assert "--domain" in program(*words, "--domain", "a b", code=2).err
    assert "--domain" in program(*words, code=2).err  # nobody said which
    assert not list(Path().glob("*.pem"))


def test_a_key_that_cannot_be_used_stops_a_run_before_an_issue_is_opened() -> None:
    program = Program({**GIVEN, "smtp_url": "smtp://127.0.0.1:1", "dkim_selector": "s1"})
    program("db", "upgrade")
    said = program("send-digest", code=3, dkim_key="none.pem").err
    assert "PINLABS_DKIM_KEY names none.pem, which cannot be read" in said
    assert "PINLABS_DKIM_KEY is not set" in program("send-digest", code=3).err
    assert program("issue", "list", "--json").items == []
