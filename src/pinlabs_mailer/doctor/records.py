"""The DNS records that an installation wants published, as far as its settings tell. Pure.

Only what mail needs to arrive. TLS-RPT and MTA-STS ask for TLS on the way to us, and no harm comes
to a returned mail without it; they also want a policy served over https, which we do not.
"""

import re
from typing import NamedTuple

from pinlabs_mailer.mail.dkim import DkimKey
from pinlabs_mailer.mail.dkim_key import dns_record
from pinlabs_mailer.settings import IPAddress, Settings
from pinlabs_mailer.settings.values import is_loopback

_STRING = 255


class Published(NamedTuple):
    """A record to publish, or a remark where the record is somebody else's to say."""

    name: str
    type: str
    value: str
    why: str
    complete: bool = True
    """False if something has to be filled in first."""

    @property
    def strings(self) -> tuple[str, ...]:
        """The value of a TXT record as DNS carries it."""
        if self.type != "TXT":
            return ()
        return tuple(
            self.value[start : start + _STRING] for start in range(0, len(self.value), _STRING)
        )

    @property
    def zone_line(self) -> str:
        """The line for a zone file; a comment if it is not complete."""
        value = " ".join(f'"{part}"' for part in self.strings) or self.value
        value = f"( {value} )" if len(self.strings) > 1 else value
        return f"{'' if self.complete else '; '}{self.name}. IN {self.type} {value}"


def to_publish(settings: Settings, from_domain: str, key: DkimKey | None) -> list[Published]:
    """Return every record, in the order in which they are needed."""
    returns = settings.return_domain or from_domain
    found = [_sender_policy(settings, returns)]
    if key is not None:
        name, value = dns_record(key).name, dns_record(key).value
        found.append(Published(name, "TXT", value, "DKIM: the key that signatures verify with"))
    found.append(
        Published(
            f"_dmarc.{from_domain}",
            "TXT",
            f"v=DMARC1; p=none; rua=mailto:postmaster@{from_domain}",
            "DMARC: a policy and where reports go; stricter once nothing of yours fails",
        )
    )
    host = _own_host(settings)
    if returns != from_domain:
        value = f"10 {host or 'SERVER.THAT.TAKES.RETURNS'}."
        why = "What comes back, bounces and complaints"
        found.append(Published(returns, "MX", value, why, complete=host is not None))
    why = "Answers, postmaster@ and abuse@, if the domain takes no mail yet"
    found.append(Published(from_domain, "MX", "10 YOUR.MAIL.SERVER.", why, complete=False))
    return found + [_pointer(address, host) for address in settings.sending_addresses or ()]


def _sender_policy(settings: Settings, domain: str) -> Published:
    why = "SPF: who may send with this envelope domain. One record only: add to the one there is"
    relay = settings.smtp_url
    if settings.sending_addresses:
        named = " ".join(f"ip{one.version}:{one}" for one in settings.sending_addresses)
    elif relay is not None and relay.username is not None:
        named = "include:SPF.OF.YOUR.PROVIDER"
    elif relay is not None and _is_name(relay.host) and not is_loopback(relay.host):
        named = f"a:{relay.host}"
    else:
        named = "ip4:ADDRESS.OF.THE.RELAY"
    return Published(domain, "TXT", f"v=spf1 {named} ~all", why, complete=named.islower())


def _own_host(settings: Settings) -> str | None:
    """Return the name of the machine that relays for us, if the settings have it."""
    relay = settings.smtp_url
    if relay is not None and relay.username is None and not is_loopback(relay.host):
        return relay.host if _is_name(relay.host) else None
    helo = settings.smtp_helo
    return helo if helo and _is_name(helo) and relay is not None and not relay.username else None


def _is_name(host: str) -> bool:
    return re.fullmatch(r"[A-Za-z0-9.-]+\.[A-Za-z][A-Za-z0-9-]*", host) is not None


def _pointer(address: IPAddress, host: str | None) -> Published:
    why = f"Set by whoever gave you {address}; the name must lead back to it"
    name = f"{host or 'NAME.OF.THE.RELAY'}."
    return Published(address.reverse_pointer, "PTR", name, why, complete=False)
