"""The forms that settings take: each parser returns a value or raises ValueError saying the fix."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from email_validator import EmailNotValidError, validate_email

IPAddress = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


class Mailbox(NamedTuple):
    """A display name, which may be empty, and an address."""

    name: str
    address: str


@dataclass(frozen=True)
class Relay:
    """Where mail is handed over, and how the connection is secured."""

    host: str
    port: int
    security: str
    """`none`, `starttls` (required, never best effort) or `tls` (from the first byte)."""
    username: str | None = None
    password: str | None = None

    def __repr__(self) -> str:
        return f"Relay({self.security}, {self.host}:{self.port})"


class Server(NamedTuple):
    """Where a server listens."""

    address: IPAddress
    port: int


def text(raw: str) -> str:
    """One line of text."""
    if not raw.strip() or re.search(r"[\x00-\x1f\x7f]", raw):
        raise ValueError("write one line of text")
    return raw.strip()


def paragraph(raw: str) -> str:
    """Text that may have several lines."""
    if not raw.strip() or re.search(r"[\x00-\x09\x0b-\x1f\x7f]", raw):
        raise ValueError("write text without control characters")
    return raw.strip()


def flag(raw: str) -> bool:
    """`true` or `false`."""
    if raw.lower() not in ("true", "false"):
        raise ValueError("write true or false")
    return raw.lower() == "true"


def one_of(*words: str) -> Callable[[str], str]:
    """One of these words."""

    def parse(raw: str) -> str:
        if raw.lower() not in words:
            raise ValueError(f"write {' or '.join(words)}")
        return raw.lower()

    return parse


def networks(raw: str) -> tuple[Network, ...]:
    """IP networks or addresses with commas between them."""
    try:
        return tuple(ip_network(part.strip()) for part in raw.split(","))
    except ValueError as error:
        raise ValueError("write networks or addresses, such as 127.0.0.1,10.0.0.0/8") from error


def addresses(raw: str) -> tuple[IPAddress, ...]:
    """IP addresses with commas between them."""
    try:
        return tuple(ip_address(part.strip()) for part in raw.split(","))
    except ValueError as error:
        raise ValueError("write IP addresses, such as 192.0.2.1,2001:db8::1") from error


def dns_server(raw: str) -> Server:
    """The address of a name server, with a port if it is not 53."""
    bare = re.fullmatch(r"\[?([0-9A-Fa-f:.]+?)\]?", raw.strip())
    with_port = re.fullmatch(r"([0-9.]+|\[[0-9A-Fa-f:.]+\]):([0-9]{1,5})", raw.strip())
    host, port = (with_port[1].strip("[]"), with_port[2]) if with_port else (bare and bare[1], "53")
    if not host or not _is_ip(host) or not 0 < int(port) < 65536:
        raise ValueError("write an IP address, such as 192.0.2.53, 192.0.2.53:5353 or [::1]:5353")
    return Server(ip_address(host), int(port))


def address(raw: str) -> str:
    """A bare email address whose local part any relay can take, so that it may stand in headers."""
    fix = "write one email address in ASCII, such as news@example.com"
    try:
        found = validate_email(raw, check_deliverability=False, allow_smtputf8=True)
    except EmailNotValidError as error:
        raise ValueError(fix) from error
    if not found.local_part.isascii():
        raise ValueError(fix)
    return found.normalized


def host_name(raw: str) -> str:
    """A host name, or an address in brackets: what EHLO takes (RFC 5321 section 4.1.1.1)."""
    if not re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?|\[[0-9A-Za-z.:]+\]", raw):
        raise ValueError("write a host name, such as mail.example.com")
    return raw


def mailbox(raw: str) -> Mailbox:
    """`Name <address>`, or a bare address."""
    match = re.fullmatch(r'\s*"?([^"<>\x00-\x1f\x7f]*?)"?\s*<([^<>]+)>\s*', raw)
    try:
        return Mailbox(match[1].strip(), address(match[2])) if match else Mailbox("", address(raw))
    except ValueError as error:
        raise ValueError("write Name <address>, such as Pin Labs <news@example.com>") from error


def is_loopback(host: str) -> bool:
    """Say whether a host name can only mean this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    return _is_ip(host) and ip_address(host).is_loopback


def _is_ip(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def page_url(raw: str) -> str:
    """An https address; http is for loopback only."""
    fix = "write an address such as https://news.example.com"
    parts = _split(raw, fix)
    if parts.scheme not in ("https", "http") or parts.username is not None:
        raise ValueError(fix)
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        raise ValueError("http is for loopback only: write https://")
    return raw.strip()


def base_url(raw: str) -> str:
    """A page URL to which paths are added, without the slash at its end."""
    url = page_url(raw).rstrip("/")
    parts = urlsplit(url)
    if parts.path or "?" in url or "#" in url:
        raise ValueError("write a host without a path, such as https://news.example.com")
    if not re.fullmatch(r"[A-Za-z0-9._:\[\]-]+", parts.netloc):  # it stands in a header
        raise ValueError("write the host in ASCII, such as https://xn--bcher-kva.example")
    if parts.scheme == "https" and (parts.port is not None or _is_ip(parts.hostname or "")):
        # Mail filters distrust links with a port or a bare address (items M15, M29).
        raise ValueError("write a host name without a port, such as https://news.example.com")
    return url


_RELAYS = {"smtp": ("none", 25), "smtp+starttls": ("starttls", 587), "smtps": ("tls", 465)}


def relay(raw: str) -> Relay:
    """`smtp://`, `smtp+starttls://` or `smtps://` with user, password, host and port."""
    fix = "write smtp+starttls://user:password@host:587, smtps://host or smtp://host:25"
    parts = _split(raw, fix)
    if parts.scheme not in _RELAYS or parts.path not in ("", "/") or re.search("[?#]", raw):
        raise ValueError(fix)
    security, default_port = _RELAYS[parts.scheme]
    host = parts.hostname or ""
    if parts.password and not parts.username:
        raise ValueError(fix)
    if parts.username and security == "none" and not is_loopback(host):
        raise ValueError("a password must not travel in the clear: write smtp+starttls:// instead")
    return Relay(
        host=host,
        port=parts.port or default_port,
        security=security,
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
    )


def _split(raw: str, fix: str) -> SplitResult:
    try:
        parts = urlsplit(raw.strip())
        _ = parts.port
    except ValueError as error:
        raise ValueError(fix) from error
    if not parts.hostname or re.search(r"[\s\x00-\x1f\x7f<>\"]", raw.strip()):
        raise ValueError(fix)
    return parts


def list_id(raw: str) -> str:
    """A List-Id: dot-atom label and name space (RFC 2919 section 2)."""
    if not re.fullmatch(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+", raw) or len(raw) > 255:
        raise ValueError("write a label in your domain, such as news.example.com")
    return raw.lower()


def pem_file(raw: str) -> str:
    """The path of a PEM file. What is in the file is a likely mistake, and is not repeated."""
    if "-----" in raw or not raw.strip() or re.search(r"[\x00-\x1f\x7f]", raw):
        raise ValueError("write the path of a PEM file, such as /etc/pinlabs-mailer/dkim.pem")
    return raw.strip()


def colour(raw: str) -> str:
    """A colour as three or six hexadecimal digits: #c8102e."""
    match = re.fullmatch(r"#([0-9a-f]{3}|[0-9a-f]{6})", raw.strip().lower())
    if match is None:
        raise ValueError("write a colour such as #c8102e")
    digits = match[1]
    return "#" + (digits if len(digits) == 6 else "".join(digit * 2 for digit in digits))


PICTURES = {
    "png": "image/png",
    "svg": "image/svg+xml",
    "webp": "image/webp",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
}


def picture_file(raw: str) -> str:
    """The path of a picture, in a form that every browser shows."""
    path = text(raw)
    if path.rpartition(".")[2].lower() not in PICTURES or "://" in path:
        raise ValueError(f"write the path of a local file that ends in .{', .'.join(PICTURES)}")
    return path


def dns_name(raw: str) -> str:
    """A domain or a DKIM selector, in the form that DNS has (A-labels)."""
    label = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
    name = raw.strip().lower()
    if not re.fullmatch(rf"{label}(\.{label})*", name) or len(name) > 253:
        raise ValueError("write letters, digits, hyphens and dots, such as news.example.com")
    return name


def return_domain(raw: str) -> str:
    """A domain that leaves room for a local part (RFC 5321 section 4.5.3.1.3)."""
    name = dns_name(raw)
    if len(name) > 200 or "." not in name:
        raise ValueError("write a domain of at most 200 characters, such as return.example.com")
    return name


def sns_topic(raw: str) -> str:
    """The name of a topic of Amazon SNS."""
    if not re.fullmatch(
        r"arn:aws[a-z-]{0,20}:sns:[a-z0-9-]{3,30}:\d{12}:[\w-]{1,256}", raw.strip()
    ):
        raise ValueError(
            "write the topic's ARN, such as arn:aws:sns:eu-west-1:123456789012:bounces"
        )
    return raw.strip()


def zone(raw: str) -> ZoneInfo:
    """An IANA time zone."""
    try:
        return ZoneInfo(raw)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("write an IANA time zone, such as Europe/Berlin") from error


def keys(raw: str) -> tuple[str, ...]:
    """Signing keys with commas between them, the newest first."""
    found = tuple(part.strip() for part in raw.split(",") if part.strip())
    if not found or any(len(key) < 32 for key in found):
        raise ValueError("write at least one key of 32 or more random characters")
    return found
