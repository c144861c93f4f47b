"""A mailbox on loopback, which speaks as much IMAP (RFC 3501, RFC 6851) as reading it needs.

A command that it does not know, STORE and EXPUNGE among them, is refused, and noted.
"""

import re
import socket
import ssl
import threading
from collections.abc import Collection
from contextlib import suppress
from typing import BinaryIO, Self

_LONGEST_LINE = 1_000
"""Bytes that clients may count on, RFC 2683 section 3.2.1.5."""
USER, PASSWORD = "news@pinlabs.example", "a pass/word"


class ImapServer:
    """Takes one connection after the other. `folders` has mails by their UIDs."""

    def __init__(
        self,
        context: ssl.SSLContext | None = None,
        *,
        moves: bool = True,
        creates: bool = True,
        withholds: Collection[int] = (),
    ) -> None:
        self.folders: dict[str, dict[int, bytes]] = {"INBOX": {}}
        self.validity: int | str = 1
        self.said: list[str] = []
        """Every command, without its tag."""
        self._context = context
        self._moves = moves
        self._creates = creates
        self.withholds = withholds
        """UIDs of mails that it does not hand over."""
        self._next = 1
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(10)

    def put(self, *mails: bytes) -> None:
        """Let mails arrive."""
        for mail in mails:
            self.folders["INBOX"][self._next] = mail
            self._next += 1

    def _serve(self) -> None:
        while True:
            try:
                plain, _ = self._socket.accept()
            except OSError:
                return
            with plain, suppress(OSError, ssl.SSLError):
                wire = (
                    self._context.wrap_socket(plain, server_side=True) if self._context else plain
                )
                with wire, wire.makefile("rb") as lines:
                    self._converse(wire, lines)

    def _converse(self, wire: socket.socket, lines: BinaryIO) -> None:
        wire.sendall(b"* OK here\r\n")
        while line := lines.readline():
            tag, _, command = line.decode().strip().partition(" ")
            self.said.append(command)
            assert len(line) <= _LONGEST_LINE
            told = self._answer(command)
            wire.sendall(told + f"{tag} {self._end(command)}\r\n".encode())
            if command == "LOGOUT":
                return

    def _end(self, command: str) -> str:
        if command.startswith("LOGIN") and PASSWORD not in command:
            return "NO [AUTHENTICATIONFAILED] no"
        if command.startswith("CREATE") and not self._creates:
            return "NO [CANNOT] all folders are below INBOX"
        if (found := re.match(r"UID FETCH (\d+) ", command)) and int(found[1]) in self.withholds:
            return "NO [SERVERBUG] cannot read it"
        known = r"CAPABILITY|LOGIN|SELECT|STATUS|LIST|CREATE|LOGOUT|UID (SEARCH|FETCH|MOVE)"
        return "OK done" if re.match(known, command) else "BAD unknown"

    def _answer(self, command: str) -> bytes:
        inbox = self.folders["INBOX"]
        if command == "CAPABILITY":
            return b"* CAPABILITY IMAP4rev1" + (b" MOVE" if self._moves else b"") + b"\r\n"
        if command.startswith("SELECT"):
            return f"* {len(inbox)} EXISTS\r\n".encode()
        if command.startswith("STATUS"):
            return f'* STATUS "INBOX" (UIDVALIDITY {self.validity})\r\n'.encode()
        if found := re.search(r'^LIST .* "?(\w+)"?$', command):
            there = found[1] in self.folders
            return f'* LIST () "/" "{found[1]}"\r\n'.encode() if there else b""
        if self._creates and (found := re.search(r'^CREATE "?(\w+)"?$', command)):
            self.folders[found[1]] = {}
        if found := re.search(r"^UID SEARCH .*UID (?:(\d+):\*|([\d,]+))", command):
            if found[1]:
                # the last one is always in a range that ends in *, RFC 3501 section 6.4.8
                some = [uid for uid in inbox if uid >= int(found[1])] or list(inbox)[-1:]
            else:
                some = [uid for uid in map(int, found[2].split(",")) if uid in inbox]
            return f"* SEARCH {' '.join(map(str, some))}\r\n".encode()
        if found := re.search(r"^UID FETCH (\d+) \(BODY.PEEK\[\]<(\d+).(\d+)>\)", command):
            uid, start, most = map(int, found.groups())
            if uid in self.withholds:
                return b""
            raw = inbox[uid][start : start + most]
            head = f"* 1 FETCH (UID {uid} BODY[]<{start}> {{{len(raw)}}}\r\n"
            return head.encode() + raw + b")\r\n"
        if found := re.search(r'^UID MOVE ([\d,]+) "?(\w+)"?$', command):
            for uid in map(int, found[1].split(",")):
                self.folders[found[2]][uid] = inbox.pop(uid)
        return b""
