"""The relay, tried with the standard library's client and with bare sockets."""

import re
import smtplib
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.support.certificates import Certificates
from tests.support.relay import Cut, Hang, Relay, Script, Writes, on

MESSAGE = b"Subject: Hello\r\n\r\nOne\r\n.two\r\n"
STUFFED = MESSAGE.replace(b".two", b"..two") + b".\r\n"
ENVELOPE = b"MAIL FROM:<news@example.org>\r\nRCPT TO:<ada@example.net>\r\nDATA\r\n"


@pytest.fixture
def relay() -> Iterator[Relay]:
    with Relay() as relay:
        yield relay


def send(relay: Relay, to: str = "ada@example.net", data: bytes = MESSAGE) -> None:
    with smtplib.SMTP("127.0.0.1", relay.port, timeout=5) as client:
        client.sendmail("news@example.org", [to], data)


def speak(relay: Relay, *groups: bytes) -> bytes:
    """Send each group when all of the one before is answered; return all that was said."""
    said, expected = b"", 1
    with socket.create_connection(("127.0.0.1", relay.port), timeout=5) as client:
        for group in groups:
            while len(re.findall(rb"^\d{3} .*\n", said, re.MULTILINE)) < expected:
                said += client.recv(65536)
            client.sendall(group)
            expected += group.replace(STUFFED, b".\r\n").count(b"\r\n")
        client.shutdown(socket.SHUT_WR)
        while chunk := client.recv(65536):
            said += chunk
    return said


def test_keeps_what_was_sent(relay: Relay) -> None:
    send(relay)
    (message,) = relay.messages
    assert (message.sender, message.recipient) == ("news@example.org", "ada@example.net")
    assert message.data == MESSAGE
    assert message.answered
    assert relay.violations == []


@pytest.mark.parametrize("writes", Writes)
def test_cuts_its_replies_as_wanted(relay: Relay, writes: Writes) -> None:
    relay.play(writes=writes)
    send(relay)
    assert len(relay.messages) == 1


def test_answers_a_group_of_commands(relay: Relay) -> None:
    said = speak(relay, b"EHLO me\r\n", ENVELOPE, STUFFED + ENVELOPE, STUFFED + b"QUIT\r\n")
    assert said.count(b"354") == 2
    assert said.endswith(b"221 2.0.0 Farewell\r\n")
    assert [message.data for message in relay.messages] == [MESSAGE] * 2
    assert relay.violations == []
    assert relay.pipelined > 0


def test_latency_overlaps_within_a_group(relay: Relay) -> None:
    relay.play(latency=0.2)
    start = time.monotonic()
    speak(relay, b"EHLO me\r\n", ENVELOPE, STUFFED, b"QUIT\r\n")
    assert 0.8 <= time.monotonic() - start < 1.4


def test_a_new_latency_holds_for_connections_that_are_open(relay: Relay) -> None:
    took = []
    with smtplib.SMTP("127.0.0.1", relay.port, timeout=5) as client:
        for latency in (0.4, 0.0):
            relay.play(latency=latency)
            start = time.monotonic()
            client.ehlo()
            took.append(time.monotonic() - start)
    assert took[1] < 0.3 < took[0]


def test_complains_about_a_client_that_does_not_wait(relay: Relay) -> None:
    relay.play(pipelining=False)
    speak(relay, b"EHLO me\r\n", ENVELOPE, STUFFED)
    assert any("did not wait" in violation for violation in relay.violations)


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"bare\nline feed\r\n.\r\n", "bare"),
        (b"x" * 999 + b"\r\n.\r\n", "1001 octets"),
        (b".undoubled\r\n.\r\n", "not doubled"),
        ("größer\r\n.\r\n".encode(), "8-bit"),
    ],
)
def test_complains_about_data_that_breaks_the_rules(
    relay: Relay, data: bytes, complaint: str
) -> None:
    speak(relay, b"EHLO me\r\n", ENVELOPE, data)
    assert complaint in relay.violations[0]


def test_refuses_the_recipients_it_was_told_to() -> None:
    rule = on("RCPT", "550 5.1.1 No such user", to="bob@example.net")
    with Relay(Script(rules=(rule,))) as relay:
        send(relay)
        with pytest.raises(smtplib.SMTPRecipientsRefused, match=r"5\.1\.1"):
            send(relay, "bob@example.net")
        assert [message.recipient for message in relay.messages] == ["ada@example.net"]


def test_says_421_after_some_messages(relay: Relay) -> None:
    relay.play(rules=(on("MAIL", "421 4.7.0 Enough", taken=2),))
    with closing(smtplib.SMTP("127.0.0.1", relay.port, timeout=5)) as client:
        for _ in range(2):
            client.sendmail("news@example.org", ["ada@example.net"], MESSAGE)
        with pytest.raises(smtplib.SMTPSenderRefused, match="Enough"):
            client.sendmail("news@example.org", ["ada@example.net"], MESSAGE)


@pytest.mark.parametrize(
    ("verb", "kept"), [("MAIL", 0), ("RCPT", 0), ("DATA", 0), ("BODY", 0), ("END", 1)]
)
@pytest.mark.parametrize("reset", [False, True])
def test_cuts_the_connection_where_told(relay: Relay, verb: str, kept: int, reset: bool) -> None:
    relay.play(rules=(on(verb, Cut(reset=reset), first=1),))
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
        send(relay)
    assert [message.answered for message in relay.messages] == [False] * kept
    send(relay)
    assert len(relay.messages) == kept + 1


def test_hangs_after_the_final_dot(relay: Relay) -> None:
    relay.play(rules=(on("END", Hang(kept=False)),))
    with (
        closing(smtplib.SMTP("127.0.0.1", relay.port, timeout=0.3)) as client,
        pytest.raises(smtplib.SMTPServerDisconnected),
    ):
        client.sendmail("news@example.org", ["ada@example.net"], MESSAGE)
    assert relay.messages == []
    assert relay.wait(lambda: relay.connections_now == 0, 5)


def test_goes_away_and_comes_back_on_the_same_port(relay: Relay) -> None:
    with socket.create_connection(("127.0.0.1", relay.port), timeout=5) as client:
        assert client.recv(100).startswith(b"220")
        relay.refuse()
        assert client.recv(100) == b""
    with pytest.raises(ConnectionRefusedError):
        send(relay)
    relay.listen()
    send(relay)
    assert (len(relay.messages), relay.connections_max) == (1, 1)


@pytest.mark.parametrize("implicit", [True, False])
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_lets_in_who_knows_the_password_over_tls(
    certificates: Certificates, implicit: bool, mechanism: str
) -> None:
    trust = ssl.create_default_context(cafile=certificates.authority)
    script = Script(
        tls=certificates.server_context(),
        implicit_tls=implicit,
        users={"pin": "secret"},
        mechanisms=(mechanism,),
    )
    with Relay(script) as relay:
        if implicit:
            client: smtplib.SMTP = smtplib.SMTP_SSL("localhost", relay.port, context=trust)
        else:
            client = smtplib.SMTP("localhost", relay.port)
            client.starttls(context=trust)
        with client:
            with pytest.raises(smtplib.SMTPAuthenticationError, match=r"5\.7\.8"):
                client.login("pin", "wrong")
            client.login("pin", "secret")
            client.sendmail("news@example.org", ["ada@example.net"], MESSAGE)
        (message,) = relay.messages
        assert (message.secured, message.user) == (True, "pin")
        assert relay.violations == []
