"""One fetch from the web, within limits of size, time and redirects, to public addresses only.

`content.fetch` is the way in. What leaves here is a `Fetched`, BadInput or Unavailable.
"""

import socket
import ssl
import zlib

import httpcore
import httpx

from pinlabs_mailer.content import urls
from pinlabs_mailer.content.fetched import NO_MARK, Fetched, Mark, too_big
from pinlabs_mailer.content.wire import BadCertificate, CheckedNetwork, Deadline, PrivateAddress
from pinlabs_mailer.errors import BadInput, Unavailable

MAX_REDIRECTS = 5

_REDIRECTS = (301, 302, 303, 307, 308)
_TRY_LATER = (408, 425, 429)
_AGAIN = "Nothing is lost. Run the command again later."
_HEADERS = (
    ("User-Agent", "pinlabs-mailer"),
    ("Accept", "application/feed+json, application/rss+xml, application/atom+xml, text/html, */*"),
    ("Accept-Encoding", "gzip"),
)


class Errand:
    """One fetch from the web: where it began, and the limits it has to keep to."""

    def __init__(
        self,
        location: str,
        allow_private: bool,
        max_bytes: int,
        max_seconds: float,
        known: Mark = NO_MARK,
    ) -> None:
        self._location = location
        self._max_bytes = max_bytes
        self._max_seconds = max_seconds
        self._conditions = [
            (name, value)
            for name, value in (
                ("If-None-Match", known.etag),
                ("If-Modified-Since", known.last_modified),
            )
            if value
        ]
        self._network = CheckedNetwork(Deadline(max_seconds), allow_private=allow_private)

    def run(self) -> Fetched:
        """Follow the redirects to the end and return what is there."""
        url = self._parse(self._location)
        for _ in range(MAX_REDIRECTS + 1):
            answer = self._ask(url)
            if isinstance(answer, Fetched):
                return answer
            url = answer
        raise BadInput(
            f"{self._location} redirects more than {MAX_REDIRECTS} times.",
            "Give the address where it ends.",
        )

    def _parse(self, link: str) -> httpx.URL:
        try:
            return urls.parse(link)
        except BadInput as error:
            # Neither a password nor whatever a stranger's redirect holds is repeated.
            given = self._location if "@" not in self._location else "The address"
            whose = given if link == self._location else f"{given} redirects: it"
            raise BadInput(
                f"{whose} {error.what}.", "Give an address like https://example.org/feed.xml"
            ) from error

    def _ask(self, url: httpx.URL) -> Fetched | httpx.URL:
        try:
            with (
                httpcore.ConnectionPool(
                    # The system's own authorities, as for the relay; SSL_CERT_FILE adds others.
                    ssl_context=ssl.create_default_context() if url.scheme == "https" else None,
                    network_backend=self._network,
                ) as pool,
                pool.stream(
                    "GET",
                    str(url),
                    headers=[("Host", url.netloc.decode()), *_HEADERS, *self._conditions],
                ) as response,
            ):
                return self._take(url, response)
        except PrivateAddress as error:
            raise BadInput(
                f"{self._at(url)} leads to {error}, which is not a public address.",
                "If that is meant, set PINLABS_FETCH_PRIVATE=true.",
            ) from error
        except BadCertificate as error:
            raise BadInput(
                f"{self._at(url)}: its certificate is not valid: {error}.",
                "Check the address, or have the certificate put right.",
            ) from error
        except socket.gaierror as error:
            if error.errno == socket.EAI_AGAIN:
                raise Unavailable(
                    f"{self._at(url)}: the name {url.host} cannot be looked up now.", _AGAIN
                ) from error
            raise BadInput(
                f"{self._at(url)}: there is no host {url.host}.", "Check the address."
            ) from error
        except httpcore.TimeoutException as error:
            raise Unavailable(
                f"{self._at(url)} took longer than {self._max_seconds:g} seconds.", _AGAIN
            ) from error
        except (httpcore.LocalProtocolError, UnicodeError) as error:
            raise BadInput(
                f"{self._at(url)} cannot be asked for: {error}.", "Check the address."
            ) from error
        except (httpcore.NetworkError, httpcore.ProtocolError) as error:
            raise Unavailable(f"{self._at(url)} does not answer: {error}.", _AGAIN) from error

    def _take(self, url: httpx.URL, response: httpcore.Response) -> Fetched | httpx.URL:
        headers = httpx.Headers(response.headers)
        if response.status in _REDIRECTS and "location" in headers:
            return self._parse(urls.join(str(url), headers["location"]))
        if response.status == 304 and self._conditions:
            return Fetched(b"", str(url), "", unchanged=True)
        if response.status >= 500 or response.status in _TRY_LATER:
            raise Unavailable(f"{self._at(url)} answers {response.status}.", _AGAIN)
        if response.status != 200:
            raise BadInput(
                f"{self._at(url)} answers {response.status}.",
                "Open the address in a browser and check it.",
            )
        media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
        mark = Mark(_repeatable(headers, "etag"), _repeatable(headers, "last-modified"))
        return Fetched(self._body(url, response, headers), str(url), media_type, mark)

    def _body(self, url: httpx.URL, response: httpcore.Response, headers: httpx.Headers) -> bytes:
        """Read no further than the limit, before and after unpacking: a zip bomb ends here."""
        packed = headers.get("content-encoding", "identity").strip().lower()
        if packed not in ("identity", "gzip", "x-gzip"):
            raise BadInput(
                f"{self._at(url)} comes packed as {packed}, which was not asked for.",
                "Save it to a file and import that.",
            )
        unpack = None if packed == "identity" else zlib.decompressobj(wbits=31)
        body = bytearray()
        try:
            for chunk in response.iter_stream():
                room = self._max_bytes + 1 - len(body)
                body += unpack.decompress(chunk, room) if unpack else chunk
                if len(body) > self._max_bytes:
                    raise too_big(self._at(url), self._max_bytes)
                if unpack and unpack.eof:
                    break  # zlib would keep whatever follows, which need not end
        except zlib.error as error:
            raise Unavailable(f"{self._at(url)} came damaged: {error}.", _AGAIN) from error
        if unpack and not unpack.eof:
            raise Unavailable(f"{self._at(url)} came cut off.", _AGAIN)
        return bytes(body)

    def _at(self, url: httpx.URL) -> str:
        """Name the location as it was given, and where it led if that is elsewhere."""
        same = str(url) == str(httpx.URL(self._location))
        return self._location if same else f"{self._location} (redirected to {url})"


def _repeatable(headers: httpx.Headers, name: str) -> str:
    """Return a value that can be sent back as it is; what no server should send is forgotten."""
    value = headers.get(name, "").strip()
    return value if value.isascii() and value.isprintable() and len(value) <= 200 else ""
