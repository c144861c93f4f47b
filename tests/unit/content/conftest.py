"""What the tests of fetching share: web servers on loopback."""

from collections.abc import Iterator

import pytest
from tests.support.certificates import Certificates, make_certificates

from .webserver import WebServer, body


@pytest.fixture
def site() -> Iterator[WebServer]:
    """A web server on loopback."""
    with WebServer().running() as server:
        yield server


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """A certificate for localhost."""
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def secure_site(certificates: Certificates) -> Iterator[WebServer]:
    """A web server with TLS; its certificate is for localhost."""
    with WebServer(certificates.server_context()).running() as server:
        server.pages["/"] = body(b"secure")
        yield server
