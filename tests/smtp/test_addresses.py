"""Addresses beyond ASCII: by SMTPUTF8 where the relay has it, else refused for them alone."""

import pytest

from tests.support.relay import Relay

from .conftest import MakeApp, ledger, open_issue

pytestmark = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
ZOE, BOOKS = "zoë@example.org", "ada@bücher.example"


def test_with_smtputf8_all_get_it(make: MakeApp, relay: Relay) -> None:
    app = make()
    open_issue(app, ZOE, BOOKS)
    app.pump.run()
    by_recipient = {mail.recipient: mail for mail in relay.messages}
    assert by_recipient.keys() == {ZOE, "ada@xn--bcher-kva.example"}
    assert "SMTPUTF8" in by_recipient[ZOE].params
    assert "SMTPUTF8" not in by_recipient["ada@xn--bcher-kva.example"].params
    assert f"\r\nTo: {ZOE}\r\n".encode() in by_recipient[ZOE].data  # RFC 6532: UTF-8 as it is


def test_without_smtputf8_only_such_an_address_fails(make: MakeApp, relay: Relay) -> None:
    relay.play(smtputf8=False)
    app = make()
    open_issue(app, ZOE, BOOKS)
    app.pump.run()
    assert [mail.recipient for mail in relay.messages] == ["ada@xn--bcher-kva.example"]
    failed = ledger(app)[ZOE]
    assert (failed["status"], failed["reason"]) == ("failed", "address beyond ASCII")
