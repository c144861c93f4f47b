"""AUTH: a wrong password is nobody's fault but the operator's, and costs no recipient anything."""

import pytest

from pinlabs_mailer.community import suppression
from pinlabs_mailer.db.engine import reading
from pinlabs_mailer.errors import RelayAway, RunStopped
from tests.support.certificates import Certificates
from tests.support.relay import Relay, on

from .conftest import MakeApp, open_issue, untouched

pytestmark = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
READERS = ("ada@example.org", "eve@example.org")


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_logs_in_over_tls(
    make: MakeApp, relay: Relay, certificates: Certificates, mechanism: str
) -> None:
    relay.play(
        tls=certificates.server_context(), users={"p@in": "sec:ret/ü"}, mechanisms=(mechanism,)
    )
    app = make(
        smtp_url=f"smtp+starttls://p%40in:sec%3Aret%2F%C3%BC@localhost:{relay.port}",
        smtp_ca=str(certificates.authority),
    )
    open_issue(app, *READERS)
    app.pump.run()
    assert {(mail.secured, mail.user) for mail in relay.messages} == {(True, "p@in")}
    assert len(relay.messages) == 2


@pytest.mark.parametrize("reply", ["", "535 5.7.8 Wrong", "534 5.7.9 Use an app password"])
def test_a_refused_login_stops_the_run(make: MakeApp, relay: Relay, reply: str) -> None:
    relay.play(users={"pin": "secret"}, rules=(on("AUTH", reply),) if reply else ())
    app = make(smtp_url=f"smtp://pin:{'secret' if reply else 'wrong'}@127.0.0.1:{relay.port}")
    open_issue(app, *READERS)
    with pytest.raises(RunStopped, match=reply[:3] or "535") as stopped:
        app.pump.run()
    assert "wrong" not in str(stopped.value)
    assert "PINLABS_SMTP_URL" in stopped.value.next_step
    assert relay.messages == []
    assert untouched(app)
    with reading(app.engine) as connection:
        assert suppression.every(connection) == []


def test_a_login_that_cannot_be_checked_now_is_for_later(make: MakeApp, relay: Relay) -> None:
    relay.play(users={"pin": "secret"}, rules=(on("AUTH", "454 4.7.0 Later"),))
    app = make(smtp_url=f"smtp://pin:secret@127.0.0.1:{relay.port}")
    open_issue(app, *READERS)
    with pytest.raises(RelayAway):
        app.pump.run()
    assert untouched(app)


def test_a_relay_that_wants_a_login_we_do_not_have(make: MakeApp, relay: Relay) -> None:
    relay.play(users={"pin": "secret"})
    app = make()
    open_issue(app, *READERS)
    with pytest.raises(RunStopped, match="530"):
        app.pump.run()
    assert relay.messages == []
    assert untouched(app)
