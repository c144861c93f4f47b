"""The recipients' pages under the server that serves them, on loopback, and a plain client.

The client follows no redirect, keeps no cookie and sends no header of its own but Host.
"""

import http.client
import socket
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple, Self
from urllib.parse import urlencode, urlsplit

from sqlalchemy import Engine, select
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from pinlabs_mailer.app import App
from pinlabs_mailer.community import subscribers
from pinlabs_mailer.community.address import parse_address
from pinlabs_mailer.db.engine import reading
from pinlabs_mailer.db.tables import metadata
from pinlabs_mailer.web import create_site
from pinlabs_mailer.web.server import listen, server
from tests.support.certificates import Certificates

FORM = "application/x-www-form-urlencoded"
Fields = Mapping[str, str | Sequence[str]]
Body = bytes | Iterable[bytes] | Fields | None


class Answer(NamedTuple):
    """What a page has answered."""

    status: int
    headers: dict[str, str]
    """By their names in small letters; one that came twice is joined by a comma."""
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()

    @property
    def essence(self) -> tuple[int, dict[str, str], bytes]:
        """All of the answer but the time it was given."""
        return self.status, {n: v for n, v in self.headers.items() if n != "date"}, self.body


class Server:
    """One server on one port for the whole run; each test shows its own site on it."""

    def __init__(self, certificates: Certificates | None = None) -> None:
        self._listener = listen("127.0.0.1", 0)
        self.port: int = self._listener.getsockname()[1]
        self._server = server(self)
        if certificates is not None:
            self._server.config.ssl_certfile = certificates.certificate
            self._server.config.ssl_keyfile = certificates.key
        self._thread = threading.Thread(target=self._server.run, args=[[self._listener]])
        self._site: ASGIApp | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(20)
        self._listener.close()
        assert not self._thread.is_alive()

    @contextmanager
    def showing(self, app: App, extra: Sequence[BaseRoute] = ()) -> Iterator["Site"]:
        """Serve the pages of this installation for as long as the block runs."""
        _ = app.engine  # as `serve` does: an unfit database is told before anything is served
        self._site = create_site(app, extra)
        try:
            yield Site(app, self.port)
        finally:
            self._site = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the site that is shown now answer."""
        assert self._site is not None, "a request came while no test was showing a site"
        await self._site(scope, receive, send)


class Site:
    """The pages of one installation, as a client sees them."""

    def __init__(self, app: App, port: int) -> None:
        self.app, self.port = app, port

    def request(
        self, method: str, path: str, body: Body = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Make one request on a connection of its own. A mapping is sent as a form would."""
        given = dict(headers or {})
        if isinstance(body, Mapping):
            body = urlencode(body, doseq=True).encode()
            given.setdefault("Content-Type", FORM)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.putrequest(method, path, skip_accept_encoding=True)
            for name, value in given.items():
                connection.putheader(name, value)
            _send(connection, method, body)
            reply = connection.getresponse()
            found: dict[str, str] = {}
            for name, value in reply.getheaders():
                name = name.lower()
                found[name] = f"{found[name]}, {value}" if name in found else value
            return Answer(reply.status, found, reply.read())
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Answer:
        """Open a page."""
        return self.request("GET", path, headers=_named(headers))

    def post(self, path: str, body: Body = None, **headers: str) -> Answer:
        """Send a form, or any body, or none."""
        return self.request("POST", path, body, _named(headers))

    def converse(self, raw: bytes) -> bytes:
        """Send these very bytes and return all that comes back until the server hangs up.

        It does so at once when a header says `Connection: close`.
        """
        with self.begin(raw) as connection:
            said = b""
            while some := connection.recv(65536):
                said += some
            return said

    def begin(self, raw: bytes) -> socket.socket:
        """Send these very bytes, and return the connection."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        connection.sendall(raw)
        return connection

    def leave_path(self, email: str) -> str:
        """The path of a person's unsubscribe link."""
        with reading(self.app.engine) as connection:
            person = subscribers.by_address(connection, parse_address(email))
        return path_of(self.app.links.unsubscribe(person.reference))


def path_of(url: str) -> str:
    """Return what of a link in a mail is asked of our server."""
    return urlsplit(url).path


Snapshot = dict[str, list[tuple[object, ...]]]


def snapshot(engine: Engine) -> Snapshot:
    """Return every row of every table, so that a test can see that nothing has changed."""
    with reading(engine) as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
            for table in metadata.sorted_tables
        }


def _named(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def _send(connection: http.client.HTTPConnection, method: str, body: Body) -> None:
    assert not isinstance(body, Mapping)
    if body is None:
        if method not in ("GET", "HEAD"):
            connection.putheader("Content-Length", "0")
        connection.endheaders()
    elif isinstance(body, bytes):
        connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
    else:
        connection.putheader("Transfer-Encoding", "chunked")
        connection.endheaders(body, encode_chunked=True)
