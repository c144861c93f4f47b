"""Visiting our own pages from outside: one request, bounded in time and size, nothing followed."""

import http.client
import socket
import ssl
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import NamedTuple
from urllib.parse import urlsplit

from pinlabs_mailer.settings import IPAddress

_SECONDS = 5.0
_MOST_BYTES = 200_000


class Place(NamedTuple):
    """Where the pages are, as a reader's program finds them."""

    base_url: str
    address: IPAddress

    @property
    def host(self) -> str:
        """The host in the links."""
        return urlsplit(self.base_url).hostname or ""

    @property
    def secured(self) -> bool:
        """Say whether the links begin with https."""
        return self.base_url.startswith("https:")

    @property
    def port(self) -> int:
        """The port in the links, or that of the scheme."""
        return urlsplit(self.base_url).port or (443 if self.secured else 80)


class Page(NamedTuple):
    """What came back."""

    status: int
    headers: Mapping[str, str]
    """By their names in small letters."""
    body: bytes
    tls: str
    certificate_ends: str | None

    @property
    def date(self) -> datetime | None:
        """The server's clock."""
        try:
            return parsedate_to_datetime(self.headers["date"])
        except (KeyError, ValueError, TypeError):
            return None


class NoPage(Exception):
    """The server does not answer as one; the message says how."""


def ask(place: Place, method: str, path: str, body: bytes | None = None) -> Page:
    """Make one request as a mailbox provider does: no cookie, no redirect; or raise NoPage."""
    connection = http.client.HTTPConnection(place.host, place.port, timeout=_SECONDS)
    try:
        plain = socket.create_connection((str(place.address), place.port), _SECONDS)
        connection.sock = plain
        tls: ssl.SSLSocket | None = None
        if place.secured:
            # The system's own authorities; SSL_CERT_FILE adds others
            context = ssl.create_default_context()
            tls = connection.sock = context.wrap_socket(plain, server_hostname=place.host)
        headers = {"Host": urlsplit(place.base_url).netloc}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        certificate = tls.getpeercert() if tls else None
        return Page(
            answer.status,
            {name.lower(): value for name, value in answer.getheaders()},
            answer.read(_MOST_BYTES),
            (tls.version() or "") if tls else "",
            str(certificate.get("notAfter")) if certificate else None,
        )
    except ssl.SSLCertVerificationError as error:
        raise NoPage(f"its certificate is not valid: {error.verify_message}") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NoPage(f"it does not answer ({error or type(error).__name__})") from error
    finally:
        connection.close()
