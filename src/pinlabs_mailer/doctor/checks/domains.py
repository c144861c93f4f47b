"""D6 and M25: our domains exist, and take mail."""

from collections.abc import Callable, Iterator

from pinlabs_mailer.community.address import envelope
from pinlabs_mailer.doctor.dns import Dns, DnsTrouble, Found
from pinlabs_mailer.doctor.finding import Finding, State, Topic, listed, quoted
from pinlabs_mailer.doctor.subject import Subject, addresses_of, domain_of

EXISTS = Topic("domain.soa", "D6, M25")
TAKES = Topic("domain.mx", "D6, RFC 5321 section 5.1, RFC 7505")
ROLES = Topic("domain.roles", "D6, RFC 2142 sections 4 and 5")

_MOST_HOSTS = 5


def check(subject: Subject) -> Iterator[Finding]:
    """Do the domains that mail comes from and answers go to exist, and take mail?"""
    domains = [subject.from_domain, subject.envelope_domain]
    if subject.settings.reply_to is not None:
        domains.append(domain_of(envelope(subject.settings.reply_to.address)))
    for domain in dict.fromkeys(domains):
        takes = _told(TAKES, _takes, subject.dns, domain)
        yield from (_told(EXISTS, _exists, subject.dns, domain), takes)
        if domain == subject.from_domain and takes.state is not State.UNKNOWN:
            yield _roles(domain, takes)


def _told(topic: Topic, look: Callable[[Dns, str], Finding], dns: Dns, domain: str) -> Finding:
    """Return what was found, also that DNS did not answer: the next domain may fare better."""
    try:
        return look(dns, domain)
    except DnsTrouble as trouble:
        return topic.unknown(f"{domain}: {trouble}.", "Run it again.")


def _exists(dns: Dns, domain: str) -> Finding:
    """Ask for the SOA, as Yahoo does: the domain's own or that of the zone it is in."""
    if dns.ask(domain, "SOA").found is Found.NO_NAME:
        return EXISTS.error(f"{domain} does not exist.", "Register it, or mend the setting.")
    labels = domain.split(".")
    for start in range(len(labels)):
        zone = ".".join(labels[start:])
        if dns.ask(zone, "SOA").found is Found.RECORDS:
            return EXISTS.ok(f"{domain} is in the zone {zone}")
    return EXISTS.error(
        f"Neither {domain} nor a name above it has an SOA record; Yahoo refuses such senders.",
        "Have the zone put right by whoever runs its name servers.",
    )


def _takes(dns: Dns, domain: str) -> Finding:
    remedy = "Publish an MX record that names a server which takes its mail."
    exchanges = dns.exchanges(domain)
    hosts = [host for _, host in exchanges]
    if hosts == [""]:
        return TAKES.error(f"{domain} says that it takes no mail (Null MX).", remedy)
    if "" in hosts:
        return TAKES.error(f"{domain} has a Null MX beside others (RFC 7505).", "Take it out.")
    if not hosts:
        if dns.addresses(domain):
            return TAKES.warning(
                f"{domain} has no MX record; mail goes to its address, if that takes any.", remedy
            )
        return TAKES.error(f"{domain} has neither MX nor address: answers are lost.", remedy)
    lost = [host for host in hosts[:_MOST_HOSTS] if not addresses_of(dns, host)]
    aliases = [host for host in hosts[:_MOST_HOSTS] if dns.ask(host, "CNAME").records]
    told = listed(map(quoted, lost or aliases))
    if len(lost) == min(len(hosts), _MOST_HOSTS):
        return TAKES.error(f"{domain} names {told} as MX, which has no address.", remedy)
    if lost:
        return TAKES.warning(f"{domain} names {told} as MX, which has no address.", "Take it out.")
    if aliases:
        return TAKES.warning(
            f"{domain} names {told} as MX, which is an alias (RFC 2181 section 10.3).",
            "Name the host that it stands for.",
        )
    return TAKES.ok(f"{domain} takes mail at {listed(map(quoted, hosts))}")


def _roles(domain: str, takes: Finding) -> Finding:
    names = f"postmaster@{domain} and abuse@{domain}"
    if takes.state is State.ERROR:
        return ROLES.error(
            f"Nothing can reach {names}.", "Have the domain take mail, and make both mailboxes."
        )
    return ROLES.ok(f"{domain} takes mail; that {names} reach a person, try by writing to both")
