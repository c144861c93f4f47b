"""The form of the mailbox that is read by IMAP; its password is never shown."""

import pytest

from pinlabs_mailer import settings
from pinlabs_mailer.settings.accounts import Account, imap
from pinlabs_mailer.settings.load import shown


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        (
            "imaps://me%40x:p%2Fw@mail.example.com/Junk",
            Account("mail.example.com", 993, "tls", "me@x", "p/w", "Junk"),
        ),
        (
            "imap+starttls://me:pw@mail.example.com",
            Account("mail.example.com", 143, "starttls", "me", "pw", "INBOX"),
        ),
        ("imap://me:pw@127.0.0.1:1143", Account("127.0.0.1", 1143, "none", "me", "pw", "INBOX")),
    ],
)
def test_a_mailbox_is_read(raw: str, read: Account) -> None:
    assert imap(raw) == read


@pytest.mark.parametrize(
    "raw",
    [
        "imap://me:pw@mail.example.com",
        "imaps://mail.example.com",
        "imaps://me:pw@",
        "imaps://me:pw@host/a?b",
        "https://me:pw@mail.example.com",
        "imaps://me:pw@host:port",
    ],
)
def test_anything_else_is_refused(raw: str) -> None:
    with pytest.raises(ValueError, match="imaps://"):
        imap(raw)


def test_the_password_is_not_shown() -> None:
    given = settings.load({}, None, returns_imap_url="imaps://me:secret@mail.example.com")
    assert "secret" not in repr(given.returns_imap_url)
    assert given.returns_imap_url is not None
    assert "secret" not in given.returns_imap_url.name
    assert "secret" not in str(shown(given)["PINLABS_RETURNS_IMAP_URL"])
