"""A name server on loopback that plays a script: UDP and TCP, records as a test wants them.

It answers as a resolver does: aliases are followed to their end, as far as it knows it.
"""

import socket
import socketserver
import threading
from collections.abc import Mapping
from enum import Enum, auto
from typing import Self

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset
from dns.rdtypes.ANY.TXT import TXT

Zone = Mapping[tuple[str, str], list[str]]
"""Name and type, and the values as a zone file has them; those of TXT as they are."""

_LONGEST_CHAIN = 12


class Fault(Enum):
    """What a server may do other than answer."""

    SILENT = auto()
    SERVFAIL = auto()
    REFUSED = auto()
    GARBAGE = auto()
    OTHER_ID = auto()


class NameServer:
    """Serves `records`, which a test may change at any time."""

    def __init__(self, zone: Zone | None = None) -> None:
        self.records: dict[tuple[str, str], list[str]] = {}
        self.faults: dict[str, Fault] = {}
        """By name; that of "" is for every name."""
        self.asked: list[tuple[str, str]] = []
        self.by_tcp = 0
        for (name, kind), values in (zone or {}).items():
            self.publish(name, kind, *values)
        answer = self._answer

        class Datagram(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                raw, replies = self.request
                said = answer(raw, False)
                if said is not None:
                    replies.sendto(said, self.client_address)

        class Stream(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                length = self.request.recv(2, socket.MSG_WAITALL)
                raw = self.request.recv(int.from_bytes(length), socket.MSG_WAITALL)
                said = answer(raw, True)
                if said is not None:
                    self.request.sendall(len(said).to_bytes(2) + said)

        self.port, *self._servers = _bound(Datagram, Stream)
        self._threads = [
            threading.Thread(target=one.serve_forever, args=[0.02]) for one in self._servers
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for one in self._servers:
            one.shutdown()
            one.server_close()
        for thread in self._threads:
            thread.join()

    def publish(self, name: str, kind: str, *values: str) -> None:
        """Have exactly these records at a name; none takes them away."""
        if values:
            self.records[name, kind] = list(values)
        else:
            self.records.pop((name, kind), None)

    def _answer(self, raw: bytes, tcp: bool) -> bytes | None:
        query = dns.message.from_wire(raw)
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        kind = dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name, kind))
        self.by_tcp += tcp
        fault = self.faults.get(name, self.faults.get(""))
        if fault is Fault.SILENT:
            return None
        if fault is Fault.GARBAGE:
            return raw[:2] + b"\xff" * 20
        response = dns.message.make_response(query)
        response.flags |= dns.flags.RA
        if fault is Fault.SERVFAIL:
            response.set_rcode(dns.rcode.SERVFAIL)
        elif fault is Fault.REFUSED:
            response.set_rcode(dns.rcode.REFUSED)
        else:
            self._fill(response, name, kind)
        if fault is Fault.OTHER_ID:
            response.id ^= 1
        if tcp:
            return response.to_wire(max_size=65535)
        size = max(query.payload, 512)
        try:
            return response.to_wire(max_size=size)
        except dns.exception.TooBig:
            response.answer.clear()
            response.flags |= dns.flags.TC
            return response.to_wire(max_size=size)

    def _fill(self, response: dns.message.Message, name: str, kind: str) -> None:
        for _ in range(_LONGEST_CHAIN):
            alias = self.records.get((name, "CNAME"))
            if alias is None or kind == "CNAME":
                break
            response.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", "CNAME", alias[0]))
            name = alias[0].rstrip(".").lower()
        values = self.records.get((name, kind))
        if values is not None:
            response.answer.append(_rrset(name, kind, values))
        elif not any(f".{known}".endswith(f".{name}") for known, _ in self.records):
            response.set_rcode(dns.rcode.NXDOMAIN)


def _rrset(name: str, kind: str, values: list[str]) -> dns.rrset.RRset:
    if kind != "TXT":
        return dns.rrset.from_text(f"{name}.", 60, "IN", kind, *values)
    records: list[dns.rdata.Rdata] = [
        TXT(dns.rdataclass.IN, dns.rdatatype.TXT, _strings(value.encode())) for value in values
    ]
    return dns.rrset.from_rdata_list(dns.name.from_text(f"{name}."), 60, records)


def _strings(value: bytes) -> list[bytes]:
    return [value[start : start + 255] for start in range(0, len(value), 255)] or [b""]


def _bound(
    datagram: type[socketserver.BaseRequestHandler], stream: type[socketserver.BaseRequestHandler]
) -> tuple[int, socketserver.UDPServer, socketserver.TCPServer]:
    """Return a port that is free for both, and a server for UDP and one for TCP on it."""
    for _ in range(20):
        tcp = socketserver.ThreadingTCPServer(("127.0.0.1", 0), stream)
        tcp.daemon_threads = True
        port = tcp.socket.getsockname()[1]
        try:
            return port, socketserver.ThreadingUDPServer(("127.0.0.1", port), datagram), tcp
        except OSError:
            tcp.server_close()
    raise OSError("no port was free for both UDP and TCP")
