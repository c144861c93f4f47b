"""A relay is only spoken to over the security that was asked for."""

import pytest

from pinlabs_mailer.errors import ConfigurationError, RelayAway
from tests.support.certificates import Certificates, make_certificates
from tests.support.relay import Relay, on

from .conftest import MakeApp, open_issue, untouched

pytestmark = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
ADA = "ada@example.org"


def test_starttls_is_used(make: MakeApp, relay: Relay, certificates: Certificates) -> None:
    relay.play(tls=certificates.server_context())
    app = make(
        smtp_url=f"smtp+starttls://localhost:{relay.port}", smtp_ca=str(certificates.authority)
    )
    open_issue(app, ADA)
    app.pump.run()
    (mail,) = relay.messages
    assert mail.secured


def test_tls_from_the_first_byte(make: MakeApp, relay: Relay, certificates: Certificates) -> None:
    relay.play(tls=certificates.server_context(), implicit_tls=True)
    app = make(smtp_url=f"smtps://localhost:{relay.port}", smtp_ca=str(certificates.authority))
    open_issue(app, ADA)
    app.pump.run()
    (mail,) = relay.messages
    assert mail.secured


@pytest.mark.parametrize("offered", [False, True])
def test_without_starttls_nothing_is_sent_in_the_clear(
    make: MakeApp, relay: Relay, certificates: Certificates, offered: bool
) -> None:
    if offered:
        relay.play(
            tls=certificates.server_context(),
            rules=(on("STARTTLS", "454 4.7.0 TLS not available"),),
        )
    app = make(
        smtp_url=f"smtp+starttls://pin:secret@localhost:{relay.port}",
        smtp_ca=str(certificates.authority),
    )
    open_issue(app, ADA)
    with pytest.raises(RelayAway, match=r"(?i)starttls|TLS not available"):
        app.pump.run()
    assert {command.partition(" ")[0] for command in relay.commands} <= {"EHLO", "STARTTLS", "QUIT"}
    assert untouched(app)


@pytest.mark.parametrize("scheme", ["smtp+starttls", "smtps"])
def test_a_certificate_of_a_stranger_is_refused(
    make: MakeApp,
    relay: Relay,
    certificates: Certificates,
    tmp_path_factory: pytest.TempPathFactory,
    scheme: str,
) -> None:
    relay.play(tls=certificates.server_context(), implicit_tls=scheme == "smtps")
    stranger = make_certificates(tmp_path_factory.mktemp("stranger"))
    app = make(smtp_url=f"{scheme}://localhost:{relay.port}", smtp_ca=str(stranger.authority))
    open_issue(app, ADA)
    with pytest.raises(RelayAway, match=r"(?i)certificate"):
        app.pump.run()
    assert relay.messages == []
    assert untouched(app)


def test_a_certificate_for_another_host_is_refused(
    make: MakeApp, relay: Relay, certificates: Certificates
) -> None:
    relay.play(tls=certificates.server_context())
    app = make(
        smtp_url=f"smtp+starttls://127.1:{relay.port}",  # leads to localhost, is not named so
        smtp_ca=str(certificates.authority),
    )
    open_issue(app, ADA)
    with pytest.raises(RelayAway, match=r"certificate is not valid for '127\.1'"):
        app.pump.run()
    assert relay.messages == []
    assert untouched(app)


def test_an_authority_that_is_no_file_is_told(make: MakeApp, relay: Relay) -> None:
    app = make(smtp_url=f"smtps://localhost:{relay.port}", smtp_ca="/no/such.pem")
    open_issue(app, ADA)
    with pytest.raises(ConfigurationError, match=r"PINLABS_SMTP_CA names /no/such\.pem"):
        app.pump.run()
    assert untouched(app)
