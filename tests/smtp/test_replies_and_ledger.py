"""What the relay says to one recipient is written down for that one, and the others go out."""

import pytest

from pinlabs_mailer.errors import RelayAway
from tests.support.relay import Relay, on
from tests.support.relay.script import Rule

from .conftest import TUESDAY, MakeApp, ledger, open_issue, untouched

ADA, EVE = "ada@example.org", "eve@example.org"


@pytest.mark.parametrize(
    ("rule", "status", "reason"),
    [
        (on("RCPT", "451 4.3.0 Later", to=EVE), "planned", "try later"),
        (on("END", "452 4.2.2 Mailbox full", to=EVE), "planned", "mailbox full"),
        (on("RCPT", "550 5.1.1 No such user", to=EVE), "failed", "no such mailbox"),
        (on("END", "550 5.7.1 We do not like it", to=EVE), "failed", "policy"),
        (on("RCPT", "552 5.2.2 Full", to=EVE), "failed", "mailbox full"),
    ],
)
def test_one_refusal_among_others(
    make: MakeApp, relay: Relay, rule: Rule, status: str, reason: str
) -> None:
    relay.play(rules=(rule,))
    app = make(smtp_connections="1")
    open_issue(app, ADA, EVE, "zoe@example.org")
    tally = app.pump.run()
    assert len(relay.messages) == 2
    assert sum(tally.refused_us.values()) == (reason == "policy" and status == "failed")
    refused = ledger(app)[EVE]
    assert (refused["status"], refused["reason"], refused["attempts"]) == (status, reason, 1)
    assert isinstance(refused["tries"], list)
    (one,) = refused["tries"]
    assert f"{one['code']} " == str(refused["reply"])[:4]
    later = refused["not_before"]
    assert (later > TUESDAY) == (status == "planned")  # type: ignore[operator]


def test_what_was_deferred_is_not_tried_before_its_time(make: MakeApp, relay: Relay) -> None:
    relay.play(rules=(on("RCPT", "451 4.3.0 Later", first=1),))
    app = make()
    open_issue(app, ADA)
    app.pump.run()
    app.pump.run()
    assert relay.messages == []
    app.clock.now = ledger(app)[ADA]["not_before"]  # type: ignore[attr-defined]
    app.pump.run()
    shown = ledger(app)[ADA]
    assert (shown["status"], shown["attempts"]) == ("accepted", 2)
    assert len(relay.messages) == 1


def test_a_relay_that_hangs_up_on_everybody_takes_nothing(make: MakeApp, relay: Relay) -> None:
    relay.play(rules=(on("MAIL", "421 4.3.2 Closing"),))
    app = make()
    open_issue(app, ADA, EVE)
    with pytest.raises(RelayAway):
        app.pump.run()
    assert untouched(app)


def test_several_connections_are_used(make: MakeApp, relay: Relay) -> None:
    relay.play(latency=0.02)
    app = make(smtp_connections="4")
    open_issue(app, *(f"reader{number}@example.org" for number in range(24)))
    app.pump.run()
    assert len({mail.recipient for mail in relay.messages}) == len(relay.messages) == 24
    assert relay.connections_max == 4
