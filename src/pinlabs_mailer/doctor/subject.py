"""What is looked at: one installation, and what follows from its settings."""

import socket
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from ipaddress import ip_address, ip_network
from typing import NamedTuple

from pinlabs_mailer.app import App
from pinlabs_mailer.app.signing_key import signing_key
from pinlabs_mailer.community.address import envelope
from pinlabs_mailer.doctor.dns import Dns
from pinlabs_mailer.mail.dkim import DkimKey
from pinlabs_mailer.settings import IPAddress, Relay, Settings
from pinlabs_mailer.settings.model import PREFIX
from pinlabs_mailer.settings.values import is_loopback

_INSIDE = tuple(
    map(
        ip_network,
        ("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
         "172.16.0.0/12", "192.168.0.0/16", "::/128", "::1/128", "fc00::/7", "fe80::/10"),
    )
)  # fmt: skip


class NotSet(Exception):
    """A setting is missing without which something cannot be looked at."""

    def __init__(self, name: str) -> None:
        self.variable = PREFIX + name.upper()
        super().__init__(self.variable)


class Sending(NamedTuple):
    """From which addresses the relay passes mail on."""

    addresses: tuple[IPAddress, ...]
    sure: bool
    """False if they are those of a provider's entrance, which may send from others."""


@dataclass
class Subject:
    """One installation as it is at a moment."""

    app: App
    dns: Dns
    now: datetime

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self.app.settings

    @property
    def sender(self) -> str:
        """The From address."""
        if self.settings.from_ is None:
            raise NotSet("from")
        return envelope(self.settings.from_.address)

    @property
    def from_domain(self) -> str:
        """The domain that readers see."""
        return domain_of(self.sender)

    @property
    def envelope_domain(self) -> str:
        """The domain that returns come to, and that SPF is asked for."""
        return self.settings.return_domain or self.from_domain

    @property
    def envelope_sender(self) -> str:
        """An address of the kind that mail is sent from."""
        returns = self.settings.return_domain
        return f"postmaster@{returns}" if returns else self.sender

    @property
    def signing_domain(self) -> str:
        """The d= of our signatures."""
        return self.settings.dkim_domain or self.from_domain

    @cached_property
    def signing_key(self) -> DkimKey | None:
        """Our key, if we sign; raises ConfigurationError if the settings of it are not right."""
        return signing_key(self.settings, self.sender)

    @property
    def relay(self) -> Relay:
        """Where mail is handed over."""
        if self.settings.smtp_url is None:
            raise NotSet("smtp_url")
        return self.settings.smtp_url

    @property
    def base_url(self) -> str:
        """Where the pages are."""
        if self.settings.base_url is None:
            raise NotSet("base_url")
        return self.settings.base_url

    @cached_property
    def helo(self) -> str:
        """The name that we give ourselves."""
        return self.settings.smtp_helo or socket.getfqdn()

    @cached_property
    def sending(self) -> Sending:
        """The addresses to ask SPF and reverse DNS about."""
        stated = self.settings.sending_addresses
        if stated:
            return Sending(stated, True)
        host = self.relay.host
        found = () if is_loopback(host) else addresses_of(self.dns, host)
        outside = tuple(one for one in found if not is_inside(one))
        if not outside:
            raise NotSet("sending_addresses")
        return Sending(outside, self.relay.username is None)


def addresses_of(dns: Dns, host: str) -> tuple[IPAddress, ...]:
    """Return the addresses of a host that is named or is an address itself."""
    try:
        return (ip_address(host.strip("[]")),)
    except ValueError:
        return tuple(dns.addresses(host))


def is_inside(address: IPAddress) -> bool:
    """Say whether an address means this machine or a network that nobody outside can reach."""
    return any(address in network for network in _INSIDE)


def domain_of(address: str) -> str:
    """Return the domain of an email address, in small letters."""
    return address.rpartition("@")[2].lower()
