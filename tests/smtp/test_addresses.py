"""Addresses beyond ASCII: by SMTPUTF8 where the relay has it, else refused for them alone."""

from email import message_from_bytes, policy

import pytest

from tests.support.relay import Relay

from .conftest import MakeApp, ledger, open_issue

pytestmark = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
ZOE, BOOKS = "zoë@example.org", "ada@bücher.example"


@pytest.mark.xfail(
    strict=False, reason="delivery/smtp.py: a To beyond ASCII needs BODY=8BITMIME with SMTPUTF8"
)
def test_with_smtputf8_all_get_it(make: MakeApp, relay: Relay) -> None:
    app = make()
    open_issue(app, ZOE, BOOKS)
    app.pump.run()
    by_recipient = {mail.recipient: mail for mail in relay.messages}
    assert by_recipient.keys() == {ZOE, "ada@xn--bcher-kva.example"}
    assert "SMTPUTF8" in by_recipient[ZOE].params
    assert "SMTPUTF8" not in by_recipient["ada@xn--bcher-kva.example"].params
    to = message_from_bytes(by_recipient[ZOE].data, policy=policy.SMTPUTF8)["To"]
    assert to.addresses[0].addr_spec == ZOE


def test_without_smtputf8_only_such_an_address_fails(make: MakeApp, relay: Relay) -> None:
    relay.play(smtputf8=False)
    app = make()
    open_issue(app, ZOE, BOOKS)
    app.pump.run()
    assert [mail.recipient for mail in relay.messages] == ["ada@xn--bcher-kva.example"]
    failed = ledger(app)[ZOE]
    assert (failed["status"], failed["reason"]) == ("failed", "address beyond ASCII")
