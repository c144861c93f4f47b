"""A person's letter is passed on once, whatever else comes back is not, and nothing gets lost."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import func, inspect, select

from pinlabs_mailer.db.engine import reading
from pinlabs_mailer.db.tables import forwarded_letter
from pinlabs_mailer.delivery.envelope import Envelope
from pinlabs_mailer.feedback import counts
from pinlabs_mailer.feedback.author import FORWARDED
from pinlabs_mailer.feedback.forwarding import MOST_AN_HOUR
from pinlabs_mailer.feedback.taking import Act, Mail
from tests.store.returning import ADA, BOB, RETURN_DOMAIN, Scene, scene
from tests.support import returned
from tests.support.relay import Cut, Hang, Relay, Script, on

TEAM = "team@pinlabs.example"


@pytest.fixture
def sent(database_url: str, relay: Relay) -> Iterator[Scene]:
    with scene(database_url, smtp_url=relay_of(relay), reply_to=f"Team <{TEAM}>") as one:
        one.send()
        yield one


def relay_of(relay: Relay) -> str:
    return f"smtp://127.0.0.1:{relay.port}"


def letter(sent: Scene, text: str = "I liked it.", **fields: str) -> bytes:
    """A letter to the return path of Ada's mail."""
    return returned.letter(sent.mails[ADA].sender, text, **fields)


def take(sent: Scene, raw: bytes, to: str = "") -> str:
    return sent.take(raw, to).outcome


def counted(sent: Scene) -> dict[str, object]:
    with reading(sent.app.engine) as connection:
        (row,) = counts.months(connection)
    return {what: number for what, number in row.items() if what != "month"}


def test_a_letter_goes_to_the_team_as_it_came_with_one_field_in_front(
    sent: Scene, relay: Relay
) -> None:
    raw = b"From ada Tue Nov 24 09:00:00 2026\nReturn-Path: <ada@example.org>\n" + letter(
        sent, "Grüße\n.a dot\nhttps://news.pinlabs.example/u/token"
    )
    assert take(sent, raw) == "forwarded"
    (mail,) = relay.messages
    assert mail.recipient == TEAM
    mark, _, rest = mail.data.partition(b"\r\n")
    assert mark == f"{FORWARDED}: Tue, 24 Nov 2026 09:00:00 +0000".encode()
    written = raw.partition(b"Return-Path: <ada@example.org>\n")[2]
    assert rest == written.replace(b"\n", b"\r\n")
    assert counted(sent) == {"forwarded": 1}


def test_rfc_6152_a_letter_of_eight_bits_says_so(sent: Scene, relay: Relay) -> None:
    plain = letter(sent).partition(b"\n\n")[0]
    assert take(sent, plain + "\n\nGrüße\n".encode()) == "forwarded"
    assert "BODY=8BITMIME" in relay.messages[0].params
    assert "Grüße".encode() in relay.messages[0].data


def test_taken_twice_it_goes_out_once_whichever_way_it_comes(sent: Scene, relay: Relay) -> None:
    raw = letter(sent, Message_ID="<1@example.org>")
    assert take(sent, raw) == "forwarded"
    other_way = b"Delivered-To: other@pinlabs.example\r\n" + raw.replace(b"\n", b"\r\n")
    assert [take(sent, raw), take(sent, other_way)] == ["repeated", "repeated"]
    assert take(sent, letter(sent, "And another.", Message_ID="<1@example.org>")) == "forwarded"
    assert len(relay.messages) == 2


def test_nothing_but_letters_is_passed_on(sent: Scene, relay: Relay) -> None:
    path = sent.mails[ADA].sender
    token = sent.app.links.unsubscribe_token("-" * 12)
    for raw in (
        returned.bounce(sent.mails[ADA]),
        returned.complaint(sent.mails[BOB]),
        returned.letter(path, Subject="Out of office"),
        returned.letter(path, Subject="Please confirm your message"),
        returned.letter(path, Subject=f"unsubscribe {token}"),
        returned.letter(path, From="Mail Delivery System <MAILER-DAEMON@mx.example.net>"),
        returned.letter(path, List_Id="<talk.example.org>"),
        returned.letter(path, X_Spam_Flag="YES"),
        returned.letter(path, **{FORWARDED: "Tue, 24 Nov 2026 09:00:00 +0000"}),
    ):
        assert take(sent, raw) != "forwarded"
    assert relay.messages == []


def test_m24_a_letter_to_an_invented_return_path_is_not_passed_on(
    sent: Scene, relay: Relay
) -> None:
    forged = f"b.{'a' * 32}@{RETURN_DOMAIN}"
    assert take(sent, returned.letter(forged)) == "unknown"
    assert take(sent, returned.letter("x@elsewhere.example"), forged) == "unknown"
    assert relay.messages == []


def test_a_letter_that_went_to_the_team_as_well_is_not_passed_on(sent: Scene, relay: Relay) -> None:
    assert take(sent, letter(sent, Cc=f"Team <{TEAM.upper()}>")) == "unknown"
    assert relay.messages == []


def test_what_was_passed_on_never_goes_in_circles(sent: Scene, relay: Relay) -> None:
    take(sent, letter(sent))
    (mail,) = relay.messages
    assert take(sent, mail.data, sent.mails[BOB].sender) == "unknown"
    answer = returned.letter(mail.sender, "Thanks")
    assert take(sent, answer) == "unknown"
    assert len(relay.messages) == 1


def test_a_bounce_of_what_was_passed_on_is_kept_and_counts_against_nobody(
    sent: Scene, relay: Relay
) -> None:
    """Though the letter quotes our mail, with its Message-ID and the link in it."""
    ours = sent.mails[ADA].message.decode()
    raw = letter(sent, f"You wrote:\n{ours}", References=message_id(ours))
    assert take(sent, raw) == "forwarded"
    (mail,) = relay.messages
    bounce = returned.bounce(Envelope(mail.sender, TEAM, mail.data))
    assert take(sent, bounce) == "unmatched"
    assert sent.suppressed() is None
    assert "bounced" not in counted(sent)


def test_without_a_return_domain_a_bounce_of_it_cannot_be_made(
    database_url: str, relay: Relay
) -> None:
    with scene(
        database_url, return_domain="", smtp_url=relay_of(relay), reply_to=TEAM
    ) as one:  # fmt: skip
        one.send()
        assert take(one, returned.letter("news@pinlabs.example")) == "forwarded"
        assert (relay.messages[0].sender, relay.messages[0].recipient) == ("", TEAM)


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_relay_without_pipelining_takes_one_as_well(database_url: str) -> None:
    with (
        Relay(Script(pipelining=False)) as relay,
        scene(database_url, smtp_url=relay_of(relay), return_domain="") as one,
    ):
        one.send()
        assert take(one, returned.letter("other@pinlabs.example")) == "forwarded"
        assert (relay.messages[0].sender, relay.messages[0].recipient) == (
            "", "news@pinlabs.example",
        )  # fmt: skip


def test_staging_passes_on_to_its_one_address(database_url: str, relay: Relay) -> None:
    with scene(
        database_url, smtp_url=relay_of(relay), reply_to=TEAM, only_to="me@pinlabs.example"
    ) as one:
        one.send()
        assert take(one, returned.letter("other@pinlabs.example")) == "forwarded"
        assert relay.messages[0].recipient == "me@pinlabs.example"


def test_while_the_relay_is_away_a_letter_waits_and_then_goes_once(
    sent: Scene, relay: Relay
) -> None:
    relay.refuse()
    assert take(sent, letter(sent)) == "waiting"
    relay.listen()
    assert take(sent, letter(sent)) == "waiting"  # the relay was just tried
    sent.later(minutes=2)
    assert take(sent, letter(sent)) == "forwarded"
    assert take(sent, letter(sent)) == "repeated"
    assert counted(sent) == {"forwarded": 1, "repeated": 1}


@pytest.mark.parametrize(
    ("said", "outcome"),
    [("451 4.3.0 later", "waiting"), ("550 5.7.1 not from there", "unknown")],
)
def test_what_the_relay_says_decides(sent: Scene, relay: Relay, said: str, outcome: str) -> None:
    relay.play(rules=[on("END", said, first=1)])
    assert take(sent, letter(sent)) == outcome
    assert take(sent, letter(sent)) == "forwarded"


def test_a_connection_that_ends_after_the_final_dot_sends_it_again(
    sent: Scene, relay: Relay
) -> None:
    relay.play(rules=[on("END", Cut(kept=False), first=1)])
    assert take(sent, letter(sent)) == "waiting"
    sent.later(minutes=2)
    assert take(sent, letter(sent)) == "forwarded"


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@pytest.mark.parametrize("verb", ["MAIL", "END"])
@pytest.mark.parametrize("pipelining", [True, False])
def test_a_relay_that_never_answers_is_given_up(
    database_url: str, verb: str, pipelining: bool
) -> None:
    hangs = Script(rules=(on(verb, Hang(kept=False), first=1),), pipelining=pipelining)
    given = {"smtp_timeout": "1s", "smtp_final_timeout": "1s", "reply_to": TEAM}
    with Relay(hangs) as relay, scene(database_url, smtp_url=relay_of(relay), **given) as one:
        one.send()
        assert take(one, letter(one)) == "waiting"
        one.later(minutes=2)
        assert take(one, letter(one)) == "forwarded"


def test_a_letter_that_waited_for_five_days_is_kept(sent: Scene, relay: Relay) -> None:
    relay.play(rules=[on("RCPT", "451 4.3.0 later")])
    assert take(sent, letter(sent)) == "waiting"
    sent.later(days=5, minutes=1)
    assert take(sent, letter(sent)) == "unknown"


def test_a_flood_reaches_the_team_as_so_many_an_hour_and_the_rest_is_kept(
    sent: Scene, relay: Relay
) -> None:
    flood = [Mail(letter(sent, f"Letter {number}")) for number in range(MOST_AN_HOUR + 3)]
    acts: list[Act] = [act for (act,) in sent.app.taker.take(flood)]
    assert [act.outcome for act in acts[-4:]] == ["forwarded", *["too many"] * 3]
    assert all(act.aside for act in acts[-3:])
    assert len(relay.messages) == MOST_AN_HOUR
    assert counted(sent) == {"forwarded": MOST_AN_HOUR, "too many": 3}
    assert remembered(sent) == MOST_AN_HOUR
    sent.later(hours=1, seconds=1)
    assert take(sent, letter(sent, "Later")) == "forwarded"


def test_a_letter_is_remembered_for_thirty_days(sent: Scene, relay: Relay) -> None:
    assert take(sent, letter(sent)) == "forwarded"
    sent.later(days=29)
    assert take(sent, letter(sent)) == "repeated"
    sent.later(days=2)
    assert take(sent, letter(sent, "Another")) == "forwarded"
    assert remembered(sent) == 1
    indexed = inspect(sent.app.engine).get_indexes("forwarded_letter")
    assert ["came_at"] in [one["column_names"] for one in indexed]


def test_a_line_that_smtp_does_not_carry_keeps_a_letter_aside(sent: Scene, relay: Relay) -> None:
    plain = letter(sent).partition(b"\n\n")[0] + b"\n\n"
    assert take(sent, plain + b"Hi,\r\n" + b"a" * 999 + b"\r\n") == "unknown"
    assert take(sent, b"X-Long: " + b"a" * 991 + b"\n" + plain) == "unknown"
    assert relay.messages == []
    assert take(sent, plain + b"Hi,\r\n" + b"a" * 998 + b"\r\n") == "forwarded"


def test_a_try_whose_process_is_gone_is_made_again_after_a_while(sent: Scene, relay: Relay) -> None:
    taker = sent.app.taker
    assert taker.forwarder is not None

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    taker.forwarder.send, send = killed, taker.forwarder.send  # type: ignore[assignment]
    with pytest.raises(KeyboardInterrupt):
        take(sent, letter(sent))
    taker.forwarder.send = send
    assert take(sent, letter(sent)) == "waiting"
    sent.clock.advance(timedelta(minutes=21))
    assert take(sent, letter(sent)) == "forwarded"
    assert len(relay.messages) == 1


def remembered(sent: Scene) -> int:
    with reading(sent.app.engine) as connection:
        number: int = connection.execute(
            select(func.count()).select_from(forwarded_letter)
        ).scalar_one()
    return number


def message_id(mail: str) -> str:
    return next(line[12:].strip() for line in mail.splitlines() if line.startswith("Message-ID: "))
