"""The relay: a listening socket on loopback, and a thread for each connection."""

import socket
import threading
from dataclasses import replace
from typing import Self

from tests.support.relay.record import Message, Record
from tests.support.relay.script import Script
from tests.support.relay.session import Session
from tests.support.relay.wire import Wire


class Relay(Record):
    """An SMTP server that plays a script.

    It has one port for life. While it does not listen, the port refuses connections and
    nobody else can get it.
    """

    def __init__(self, script: Script | None = None, *, listening: bool = True) -> None:
        super().__init__()
        self.script = script or Script()
        self._wires: set[Wire] = set()
        self._socket = _bind(0)
        self.port: int = self._socket.getsockname()[1]
        self._accepting: threading.Thread | None = None
        if listening:
            self.listen()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.refuse()
        self._socket.close()

    def listen(self) -> None:
        """Take connections (again)."""
        self._socket.listen(128)
        self._accepting = threading.Thread(target=self._accept, args=[self._socket], daemon=True)
        self._accepting.start()

    def refuse(self, *, cut: bool = True) -> None:
        """Refuse connections from now on; with `cut`, end those that there are."""
        if self._accepting is not None:
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes up accept(); close() would not
            self._accepting.join()
            self._accepting = None
            old, self._socket = self._socket, _bind(self.port)
            old.close()
        if cut:
            for wire in list(self._wires):
                wire.disturb()
            self.wait(lambda: self.connections_now == 0, 10)

    def play(self, **changes: object) -> None:
        """Change the script from here on, also for connections that are open."""
        self.script = replace(self.script, **changes)  # type: ignore[arg-type]

    def wait_for(self, messages: int, seconds: float = 30) -> list[Message]:
        """Return the messages once there are that many."""
        if not self.wait(lambda: len(self.messages) >= messages, seconds):
            raise TimeoutError(f"{len(self.messages)} of {messages} messages in {seconds} s")
        return self.messages

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            wire = Wire(connection, lambda: self.script, self.violations.append)
            self._wires.add(wire)
            threading.Thread(target=self._converse, args=[wire, self.opened()], daemon=True).start()

    def _converse(self, wire: Wire, number: int) -> None:
        try:
            Session(wire, self, lambda: self.script, number).run()
        finally:
            self._wires.discard(wire)
            self.closed()


def _bind(port: int) -> socket.socket:
    """Return a socket that holds the port without listening on it."""
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind(("127.0.0.1", port))
    return bound
