"""A sink that answers each group of commands after a fixed delay, as a far relay would.

python -m benchmarks.sink PORT DELAY_SECONDS
"""

import asyncio
import sys

_GREETING = b"220 sink ESMTP\r\n"
_EHLO = b"250-sink\r\n250-PIPELINING\r\n250-SIZE\r\n250 8BITMIME\r\n"


class Sink(asyncio.Protocol):
    """One connection."""

    def __init__(self, delay: float) -> None:
        self._delay = delay
        self._in_body = False
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(_GREETING)

    def data_received(self, data: bytes) -> None:
        """Answer what is complete."""
        data, out = self._rest + data, b""
        while data:
            if self._in_body:
                end = data.find(b"\r\n.\r\n")
                if end < 0:
                    self._rest = data[-4:]
                    break
                data, self._in_body = data[end + 5 :], False
                out += b"250 2.0.0 Taken\r\n"
                continue
            line, found, rest = data.partition(b"\r\n")
            if not found:
                self._rest = data
                break
            data = rest
            verb = line[:4].upper()
            if verb == b"DATA":
                self._in_body = True
            out += {b"EHLO": _EHLO, b"DATA": b"354 Go\r\n", b"QUIT": b"221 Bye\r\n"}.get(
                verb, b"250 2.0.0 Ok\r\n"
            )
        else:
            self._rest = b""
        if out:
            asyncio.get_running_loop().call_later(self._delay, self._transport.write, out)


async def main(port: int, delay: float) -> None:
    """Serve until the process is ended."""
    server = await asyncio.get_running_loop().create_server(
        lambda: Sink(delay), "127.0.0.1", port, backlog=1024
    )
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2])))
