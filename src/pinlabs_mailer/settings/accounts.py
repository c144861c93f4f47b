"""Accounts elsewhere that are not the relay's: a mailbox by IMAP."""

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from pinlabs_mailer.settings.values import is_loopback

_KINDS = {"imap": ("none", 143), "imap+starttls": ("starttls", 143), "imaps": ("tls", 993)}
_FIX = "write imaps://user:password@host/INBOX or imap+starttls://user:password@host"


@dataclass(frozen=True)
class Account:
    """A mailbox, and how the connection to it is secured."""

    host: str
    port: int
    security: str
    """`none`, `starttls` or `tls`, as for a `Relay`."""
    username: str
    password: str
    folder: str

    @property
    def name(self) -> str:
        """What it is called in the database: without the password."""
        return f"{self.username}@{self.host}:{self.port}/{self.folder}"[:300]

    def __repr__(self) -> str:
        return f"Account({self.security}, {self.host}:{self.port})"


def imap(raw: str) -> Account:
    """`imaps://` or `imap+starttls://` with user, password, host, port and folder."""
    try:
        parts = urlsplit(raw.strip())
        port = parts.port
    except ValueError as error:
        raise ValueError(_FIX) from error
    if parts.scheme not in _KINDS or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(_FIX)
    if not parts.username or not parts.password:
        raise ValueError(_FIX)
    security, default_port = _KINDS[parts.scheme]
    if security == "none" and not is_loopback(parts.hostname):
        raise ValueError("a password must not travel in the clear: write imaps:// instead")
    return Account(
        host=parts.hostname,
        port=port or default_port,
        security=security,
        username=unquote(parts.username),
        password=unquote(parts.password),
        folder=unquote(parts.path.strip("/")) or "INBOX",
    )
