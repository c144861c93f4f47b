"""A mailbox is read once, what was taken moves aside, and a person's letters are left alone."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest

from pinlabs_mailer.app import worker
from pinlabs_mailer.errors import ConfigurationError, Unavailable
from pinlabs_mailer.feedback.intake import imap
from pinlabs_mailer.settings import Account
from pinlabs_mailer.settings.accounts import imap as account_of
from tests.store.returning import ADA, BOB, Scene, scene
from tests.support import returned
from tests.support.certificates import Certificates
from tests.support.imap import PASSWORD, USER, ImapServer
from tests.support.processes import wait_until

LETTER = returned.letter("news@pinlabs.example")


@pytest.fixture
def sent(database_url: str) -> Iterator[Scene]:
    with scene(database_url) as one:
        one.send()
        yield one


def account(server: ImapServer, scheme: str = "imap", password: str = PASSWORD) -> Account:
    host = "localhost" if scheme == "imaps" else "127.0.0.1"
    return account_of(url(server, scheme, password, host))


def url(
    server: ImapServer, scheme: str = "imap", password: str = PASSWORD, host: str = "127.0.0.1"
) -> str:
    return f"{scheme}://{quote(USER, safe='')}:{quote(password, safe='')}@{host}:{server.port}"


def outcomes(sent: Scene, where: Account) -> list[str]:
    return [act.outcome for taken in imap.take(sent.app.taker, where) for act in taken]


def test_reports_move_to_their_folder_and_letters_stay_as_they_are(sent: Scene) -> None:
    with ImapServer() as server:
        bounce = returned.bounce(sent.mails[ADA])
        server.put(LETTER, bounce)
        assert outcomes(sent, account(server)) == ["unknown", "taken"]
        assert sent.suppressed() == "bounce"
        assert list(server.folders["INBOX"].values()) == [LETTER]
        assert list(server.folders[imap.FOLDER].values()) == [bounce]
        assert outcomes(sent, account(server)) == []
        server.put(returned.bounce(sent.mails[BOB]))
        assert outcomes(sent, account(server)) == ["taken"]
        assert not any("STORE" in said or "EXPUNGE" in said for said in server.said)


def test_where_no_folder_can_be_made_everything_stays_and_is_read_once(sent: Scene) -> None:
    with ImapServer(creates=False) as server:
        server.put(returned.bounce(sent.mails[ADA]))
        assert outcomes(sent, account(server)) == ["taken"]
        assert len(server.folders["INBOX"]) == 1
        server.put(returned.bounce(sent.mails[BOB]))
        assert outcomes(sent, account(server)) == ["taken"]
        assert sent.suppressed(BOB) == "bounce"


def test_without_move_everything_stays_and_is_read_once(sent: Scene) -> None:
    with ImapServer(moves=False) as server:
        server.put(returned.bounce(sent.mails[ADA]))
        assert outcomes(sent, account(server)) == ["taken"]
        assert len(server.folders["INBOX"]) == 1
        assert outcomes(sent, account(server)) == []
        server.validity = 2  # the server counts anew
        assert outcomes(sent, account(server)) == ["repeated"]


def test_a_mail_that_the_server_withholds_is_not_taken_for_read(sent: Scene) -> None:
    with ImapServer(withholds={1}) as server:
        server.put(returned.bounce(sent.mails[ADA]), returned.bounce(sent.mails[BOB]))
        for _ in range(2):
            with pytest.raises(Unavailable, match="does not hand over some mails: 1"):
                outcomes(sent, account(server))
            assert sent.suppressed(BOB) == "bounce"
        assert sent.suppressed() is None
        server.withholds = ()
        assert outcomes(sent, account(server)) == ["taken"]
        assert sent.suppressed() == "bounce"
        assert outcomes(sent, account(server)) == []


def test_a_mail_that_was_withheld_and_then_removed_is_forgotten(sent: Scene) -> None:
    with ImapServer(withholds={1}) as server:
        server.put(LETTER, LETTER)
        with pytest.raises(Unavailable):
            outcomes(sent, account(server))
        del server.folders["INBOX"][1]
        assert outcomes(sent, account(server)) == []


def test_any_number_of_mails_that_were_withheld_is_asked_for_again(sent: Scene) -> None:
    with ImapServer(withholds=range(400)) as server:
        server.put(*[LETTER] * 400)
        with pytest.raises(Unavailable, match="does not hand over some mails: 399"):
            outcomes(sent, account(server))
        server.withholds = ()
        assert outcomes(sent, account(server)) == ["unknown"] * 399
        assert outcomes(sent, account(server)) == []


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_wrong_password_and_a_server_that_is_away_are_told(sent: Scene) -> None:
    with ImapServer() as server:
        where = account(server, password="other")
        with pytest.raises(ConfigurationError, match="refuses the user or the password"):
            outcomes(sent, where)
    with pytest.raises(Unavailable, match="cannot be read"):
        outcomes(sent, where)


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_after_an_error_of_our_own_the_worker_reads_on(
    database_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(worker, "_RETURNS_SECONDS", 0.1)
    stop = threading.Event()
    with (
        ImapServer() as server,
        scene(database_url, returns_imap_url=url(server)) as one,
        ThreadPoolExecutor(1) as beside,
    ):
        one.send()
        server.put(returned.bounce(one.mails[ADA]))
        server.validity = "strange"
        beside.submit(worker.take_returns_until_stopped, one.app, stop)
        try:
            wait_until("the fault", lambda: "waits: KeyError in our own code" in caplog.text)
            server.validity = 1
            wait_until("the bounce", lambda: one.suppressed() == "bounce")
        finally:
            stop.set()


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_tls_is_checked(
    sent: Scene, certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ImapServer(certificates.server_context()) as server:
        server.put(returned.bounce(sent.mails[ADA]))
        with pytest.raises(ConfigurationError, match="cannot be trusted"):
            outcomes(sent, account(server, "imaps"))
        monkeypatch.setenv("SSL_CERT_FILE", str(certificates.authority))
        assert outcomes(sent, account(server, "imaps")) == ["taken"]
