"""Running the site in this process."""

import logging
import socket

import uvicorn
from starlette.types import ASGIApp

from pinlabs_mailer.errors import ConfigurationError


def listen(host: str, port: int) -> socket.socket:
    """Take the port, or say that somebody else has it. Port 0 takes a free one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns Nagle's algorithm off only where the protocol is named; with it, an answer on a
    # connection that stays open waits 40 ms for the client's delayed ACK (RFC 1122 4.2.3.4)
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(1024)
    except OSError as error:
        listener.close()
        raise ConfigurationError(
            f"The pages cannot be served on {host}:{port}: {error.strerror}.",
            "Stop the program that has the port, or choose another with --port.",
        ) from error
    return listener


def server(site: ASGIApp) -> uvicorn.Server:
    """Return a server for the site. The access log is our own: uvicorn's would hold tokens."""
    config = uvicorn.Config(
        site,
        access_log=False,
        log_level=logging.WARNING,
        proxy_headers=False,
        server_header=False,
        lifespan="off",
        ws="none",  # else a request that asks to become a WebSocket never gets a page
        timeout_graceful_shutdown=10,
    )
    return uvicorn.Server(config)
