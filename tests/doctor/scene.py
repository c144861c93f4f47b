"""An installation about which everything is right, until a test says otherwise."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from ipaddress import ip_address

from pinlabs_mailer.app import App
from pinlabs_mailer.doctor.dns import Dns
from pinlabs_mailer.doctor.examine import CHECKS, guarded
from pinlabs_mailer.doctor.finding import Finding, State
from pinlabs_mailer.doctor.subject import Subject
from pinlabs_mailer.settings import Server
from tests.support.nameserver import NameServer
from tests.support.relay import Relay

FROM, RETURNS, PAGES = "pinlabs.example", "bounce.pinlabs.example", "news.pinlabs.example"
SENDING, SENDING_6 = "192.0.2.10", "2001:db8::10"
SELECTOR, PASSWORD = "s1", "correct-horse-battery"
_SOA = "ns.pinlabs.example. hostmaster.pinlabs.example. 1 7200 900 1209600 60"


def right_zone(dkim: str) -> dict[tuple[str, str], list[str]]:
    """Return what a careful operator has published; `dkim` is the record of the key."""
    return {
        (FROM, "SOA"): [_SOA],
        (FROM, "MX"): ["10 mx.pinlabs.example."],
        ("mx.pinlabs.example", "A"): ["192.0.2.20"],
        (RETURNS, "MX"): ["10 mx.pinlabs.example."],
        (RETURNS, "TXT"): [f"v=spf1 ip4:{SENDING} include:_spf.pinlabs.example -all"],
        ("_spf.pinlabs.example", "TXT"): [f"v=spf1 ip6:{SENDING_6} -all"],
        (f"{SELECTOR}._domainkey.{FROM}", "TXT"): [dkim],
        (f"_dmarc.{FROM}", "TXT"): ["v=DMARC1; p=quarantine; rua=mailto:dmarc@pinlabs.example"],
        ("10.2.0.192.in-addr.arpa", "PTR"): ["relay.test."],
        (ip_address(SENDING_6).reverse_pointer, "PTR"): ["relay.test."],
        ("relay.test", "A"): [SENDING],
        ("relay.test", "AAAA"): [SENDING_6],
        ("sender.pinlabs.example", "A"): ["192.0.2.30"],
        (PAGES, "A"): ["127.0.0.1"],
    }


@dataclass
class Scene:
    """The installation and the servers around it."""

    app: App
    names: NameServer
    relay: Relay

    def set(self, **settings: object) -> None:
        """Change settings, as values that were read already."""
        changed = replace(self.app.settings, **settings)  # type: ignore[arg-type]
        self.app.close()
        self.app = App(changed, self.app.clock)

    def subject(self, seconds: float = 10) -> Subject:
        """Return what checks look at, with nothing remembered."""
        server = Server(ip_address("127.0.0.1"), self.names.port)
        return Subject(self.app, Dns(server, seconds), self.app.clock())

    def look(self, check: Callable[[Subject], Iterable[Finding]]) -> list[Finding]:
        """Make one check, guarded as all are."""
        (known,) = (one for one in CHECKS if one.run is check)
        return list(guarded(known, self.subject()))

    def states(self, check: Callable[[Subject], Iterable[Finding]]) -> dict[str, State]:
        """Return how each thing stands that a check looks at: the worst of each name."""
        order = [State.OK, State.UNKNOWN, State.WARNING, State.ERROR]
        found: dict[str, State] = {}
        for finding in self.look(check):
            known = found.get(finding.name, State.OK)
            found[finding.name] = max(known, finding.state, key=order.index)
        return found

    def only(self, check: Callable[[Subject], Iterable[Finding]], name: str) -> Finding:
        """Return the one finding of that name that is not fine, or the one there is."""
        found = [finding for finding in self.look(check) if finding.name == name]
        bad = [finding for finding in found if finding.state is not State.OK]
        (one,) = bad or found
        return one
