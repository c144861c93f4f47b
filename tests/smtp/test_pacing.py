"""Rates that the operator sets, and destinations that ask for less, on a real line."""

from datetime import timedelta
from time import monotonic

from tests.smtp.conftest import TUESDAY, MakeApp, ledger, open_issue
from tests.support.relay import Relay, on

GOOGLE = [f"reader{number}@gmail.example" for number in range(12)]
OTHERS = [f"reader{number}@other.example" for number in range(12)]


def test_the_rate_over_all_is_kept(make: MakeApp, relay: Relay) -> None:
    app = make(rate="10/s")
    open_issue(app, *GOOGLE, *OTHERS)
    began = monotonic()
    app.pump.run()
    assert len(relay.messages) == 24
    assert 1.2 < monotonic() - began < 6  # ten at once, the other fourteen at ten a second


def test_one_destination_is_slowed_and_the_others_are_not(make: MakeApp, relay: Relay) -> None:
    app = make(destination_rates="google=2/s", destinations="gmail.example=google")
    open_issue(app, *GOOGLE[:6], *OTHERS)
    began = monotonic()
    app.clock = lambda: TUESDAY + timedelta(seconds=monotonic() - began)
    app.pump.run()
    assert len(relay.messages) == 18
    assert monotonic() - began > 1.9  # two at once, the other four at two a second
    first = [message.recipient for message in relay.messages[:-2]]
    assert set(OTHERS) <= set(first)


def test_a_destination_that_asks_for_less_is_left_alone_for_a_while(
    make: MakeApp, relay: Relay
) -> None:
    reply = "421 4.7.28 Our system has detected an unusual rate of mail"
    relay.play(rules=(on("RCPT", reply, to=GOOGLE),))
    app = make(smtp_connections="1")
    open_issue(app, *GOOGLE, *OTHERS)
    app.pump.run()
    assert {message.recipient for message in relay.messages} == set(OTHERS)
    rows = ledger(app)
    asked = [email for email in GOOGLE if rows[email]["tries"]]
    assert len(asked) == 1  # one was told, the others were not even tried
    assert {rows[email]["status"] for email in GOOGLE} == {"planned"}
    assert sum(int(str(rows[email]["attempts"])) for email in GOOGLE) == 1
