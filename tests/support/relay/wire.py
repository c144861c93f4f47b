"""The relay's end of one connection: strict lines in, replies out as the script wants them."""

import select
import socket
import ssl
import struct
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

from tests.support.relay.script import Script, Writes

LONGEST = 1000
"""RFC 5321 4.5.3.1.6: a text line with its CRLF, in octets."""


class Gone(Exception):
    """The conversation is over: the client left, or a fault was played."""


class Wire:
    """Reads lines and writes replies on one socket; says what the client does wrong."""

    def __init__(
        self, sock: socket.socket, script: Callable[[], Script], complain: Callable[[str], None]
    ) -> None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._sock = sock
        self._script = script
        self._complain = complain
        self._in = bytearray()
        self._out: deque[tuple[float, bytes]] = deque()
        self._arrived = time.monotonic()

    @property
    def has_more(self) -> bool:
        """Whether the client has sent more than was read: it does not wait for the reply."""
        return bool(self._in)

    @property
    def secured(self) -> bool:
        """Whether the connection is encrypted."""
        return isinstance(self._sock, ssl.SSLSocket)

    def read_line(self) -> bytes:
        """Return the next line without its CRLF."""
        end = self._in.find(b"\n")
        while end < 0:
            if len(self._in) > 64 * LONGEST:
                self._complain(f"a line without an end: {bytes(self._in[:80])!r}...")
                raise Gone
            start = len(self._in)
            self.read_some()
            end = self._in.find(b"\n", start)
        line = bytes(self._in[: end + 1])
        del self._in[: end + 1]
        if not line.endswith(b"\r\n") or b"\r" in line[:-2]:
            self._complain(f"a bare CR or LF: {line[-80:]!r}")
        if len(line) > LONGEST:
            self._complain(f"a line of {len(line)} octets: {line[:80]!r}...")
        return line.removesuffix(b"\n").removesuffix(b"\r")

    def read_body(self) -> bytes:
        """Return everything up to the line with the lone dot, its own line ends included."""
        if not self._in.startswith(b".\r\n"):
            end = self._in.find(b"\r\n.\r\n")
            while end < 0:
                start = max(len(self._in) - 4, 0)
                self.read_some()
                end = self._in.find(b"\r\n.\r\n", start)
            body = bytes(self._in[: end + 2])
            del self._in[: end + 5]
            return body
        del self._in[:3]
        return b""

    def read_some(self) -> None:
        """Wait for bytes, and let replies out meanwhile, each when its time has come."""
        while True:
            self.flush()
            wait = max(0.0, self._out[0][0] - time.monotonic()) if self._out else None
            pending = isinstance(self._sock, ssl.SSLSocket) and self._sock.pending()
            if pending or select.select([self._sock], [], [], wait)[0]:
                break
        try:
            received = self._sock.recv(65536)
        except (OSError, ValueError) as error:
            raise Gone from error
        if not received:
            raise Gone
        self._arrived = time.monotonic()
        self._in += received

    def write(self, reply: bytes) -> None:
        """Answer what has arrived last."""
        self._out.append((self._arrived + self._script().latency, reply))
        if self._script().writes is not Writes.JOINED:
            self.flush()

    def flush(self, *, everything: bool = False) -> None:
        """Send the replies that are due."""
        now = time.monotonic()
        due = bytearray()
        while self._out and (everything or self._out[0][0] <= now):
            due += self._out.popleft()[1]
        step = 1 if self._script().writes is Writes.BYTES else max(len(due), 1)
        try:
            for start in range(0, len(due), step):
                self._sock.sendall(due[start : start + step])
        except OSError as error:
            raise Gone from error

    def secure(self, context: ssl.SSLContext) -> None:
        """Do the server's side of the TLS handshake."""
        if self._in:
            self._complain("bytes before the TLS handshake")
        self.flush(everything=True)
        self._sock.settimeout(10)
        try:
            self._sock = context.wrap_socket(self._sock, server_side=True)
        except OSError as error:
            raise Gone from error
        self._sock.settimeout(None)

    def cut(self, *, reset: bool = False) -> NoReturn:
        """Let out what was answered before, then end the connection."""
        self.flush(everything=True)
        if reset:
            linger = struct.pack("ii", 1, 0)
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self._sock.close()
        raise Gone

    def hang(self) -> NoReturn:
        """Answer nothing any more; end when the client does."""
        self.flush(everything=True)
        self._out.clear()
        while True:
            self.read_some()
            self._in.clear()

    def disturb(self) -> None:
        """End the connection from another thread: its own one notices, and closes it."""
        with suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """End the connection."""
        self.disturb()
        self._sock.close()
