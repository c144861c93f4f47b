"""A certificate authority of our own, and a certificate for localhost that it has signed."""

import ssl
from dataclasses import dataclass
from pathlib import Path

from tests.support import processes


@dataclass(frozen=True)
class Certificates:
    """Files in PEM: what clients should trust, and what the server shows and keeps."""

    authority: Path
    certificate: Path
    key: Path

    def server_context(self) -> ssl.SSLContext:
        """Return what a TLS server on localhost needs."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context


def make_certificates(folder: Path, *names: str, days: int = 3) -> Certificates:
    """Make them in `folder`, for localhost and these names, valid for some days from now."""
    openssl = processes.find_program("openssl")
    made = Certificates(folder / "ca.pem", folder / "localhost.pem", folder / "localhost.key")
    authority_key = folder / "ca.key"
    new: list[str | Path] = [openssl, "req", "-x509", "-noenc", "-days", str(days)]
    new += ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    authority: list[str | Path] = ["-keyout", authority_key, "-out", made.authority]
    authority += ["-subj", "/CN=Test authority", "-addext", "keyUsage=critical,keyCertSign"]
    processes.run([*new, *authority])
    server: list[str | Path] = ["-keyout", made.key, "-out", made.certificate]
    server += ["-CA", made.authority, "-CAkey", authority_key, "-subj", "/CN=localhost"]
    named = "".join(f",DNS:{name}" for name in names)
    server += ["-addext", f"subjectAltName=DNS:localhost,IP:127.0.0.1{named}"]
    server += ["-addext", "basicConstraints=critical,CA:FALSE"]
    processes.run([*new, *server])
    return made
