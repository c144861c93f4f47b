"""D3 and D4: DMARC at the From domain, and what is aligned with it."""

from collections.abc import Iterator

from pinlabs_mailer.doctor.dmarc.record import REMOVED
from pinlabs_mailer.doctor.dmarc.tree import Step, Tree, climb
from pinlabs_mailer.doctor.dns import Dns, DnsTrouble, Found
from pinlabs_mailer.doctor.finding import Finding, Topic, listed, quoted
from pinlabs_mailer.doctor.subject import Subject, domain_of

RECORD = Topic("dmarc.record", "D3, RFC 9989 section 4.10")
TAGS = Topic("dmarc.tags", "D3, RFC 9989 section 4.7")
REPORTS = Topic("dmarc.reports", "D3, RFC 9990 section 4")
BIMI = Topic("dmarc.bimi", "D7")
BY_SPF = Topic("alignment.envelope", "D4, RFC 9989 section 4.10.2")
BY_DKIM = Topic("alignment.dkim", "D4, RFC 9989 section 4.10.2")

_PUBLISH = "Publish the record that `pinlabs-mailer doctor dns` prints."
_MOST_HOSTS = 4


def check(subject: Subject) -> Iterator[Finding]:
    """Is there a policy, can it be read, do reports reach somebody?"""
    domain = subject.from_domain
    tree = climb(subject.dns, domain)
    if tree.doubled:
        yield RECORD.error(
            f"_dmarc.{tree.doubled[0]} has more than one DMARC record; receivers use none.",
            "Keep one.",
        )
    step = tree.policy
    if step is None:
        if not tree.doubled:
            yield RECORD.error(f"{domain} has no DMARC record, nor has a name above it.", _PUBLISH)
        return
    exists = subject.dns.ask(domain, "SOA").found is not Found.NO_NAME
    record = step.record
    policy = record.policy if step.domain == domain else record.policy_below(exists)
    yield RECORD.ok(f"_dmarc.{step.domain} says {policy} for {domain}")
    yield from _tags(step, domain)
    yield from _reports(subject.dns, step)
    if subject.dns.texts(f"default._bimi.{domain}"):
        yield BIMI.judged(
            "There is a BIMI record, which counts only with quarantine or reject."
            if policy == "none"
            else "",
            "BIMI and a policy that it counts with",
            "Leave it out until the policy is stricter.",
        )


def aligned(subject: Subject) -> Iterator[Finding]:
    """Do the envelope and the signature belong to who readers see?"""
    own = climb(subject.dns, subject.from_domain)
    tags = own.policy.record.tags if own.policy else {}
    envelope = climb(subject.dns, subject.envelope_domain)
    yield _alignment(BY_SPF, own, envelope, tags.get("aspf") == "s", "PINLABS_RETURN_DOMAIN")
    if subject.settings.dkim_key is not None:
        signature = climb(subject.dns, subject.signing_domain)
        yield _alignment(BY_DKIM, own, signature, tags.get("adkim") == "s", "PINLABS_DKIM_DOMAIN")


def _alignment(topic: Topic, own: Tree, other: Tree, strict: bool, setting: str) -> Finding:
    if own.domain == other.domain:
        return topic.ok(f"{other.domain} is the From domain")
    if strict:
        return topic.error(
            f"{other.domain} is not {own.domain}, and the DMARC record asks for the very same.",
            f"Set {setting} to {own.domain}, or take the s of adkim or aspf out of the record.",
        )
    if own.organisation == other.organisation:
        return topic.ok(f"{other.domain} and {own.domain} belong to {own.organisation}")
    return topic.error(
        f"{other.domain} belongs to {other.organisation}, "
        f"the From domain {own.domain} to {own.organisation}.",
        f"Set {setting} to {own.organisation} or a domain below it that has no DMARC record "
        "of an organisation of its own.",
    )


def _tags(step: Step, domain: str) -> Iterator[Finding]:
    record = step.record
    removed = [tag for tag in REMOVED if tag in record.tags]
    if record.psd == "y" and step.domain == domain:
        yield TAGS.error(
            f"psd=y says that {domain} is a public suffix, under which others register.",
            "Take psd=y out.",
        )
    if record.faults:
        yield TAGS.warning(
            f"Receivers pass over a part of it: {listed(map(quoted, record.faults))}.",
            "Mend it.",
        )
    if "p" not in record.tags:
        yield TAGS.warning("It has no p, which older receivers ask for.", "Add p=none.")
    if record.tags.get("t") == "y":
        yield TAGS.warning(
            "t=y, testing: receivers act as if the policy were one step milder.",
            "Take it out when the reports show nothing of yours that fails.",
        )
    if removed:
        yield TAGS.warning(
            f"{listed(removed)} is no more since RFC 9989, and means nothing to receivers.",
            "Take it out; t=y is what is left of pct.",
        )


def _reports(dns: Dns, step: Step) -> Iterator[Finding]:
    addresses = step.record.reports_to
    if not addresses:
        yield REPORTS.warning(
            "It asks for no reports, so failures stay unseen.", "Add rua=mailto: and an address."
        )
        return
    for host in dict.fromkeys(map(domain_of, addresses[:_MOST_HOSTS])):
        try:
            yield _authorised(dns, step.domain, host)
        except DnsTrouble as trouble:
            yield REPORTS.unknown(f"{quoted(host)}: {trouble}.", "Run it again.")


def _authorised(dns: Dns, domain: str, host: str) -> Finding:
    """Say whether a host has agreed to get reports about a domain of others."""
    if host == domain or climb(dns, host).organisation == climb(dns, domain).organisation:
        return REPORTS.ok(f"Reports go to {quoted(host)}")
    name = f"{domain}._report._dmarc.{host}"
    if any(text.startswith("v=DMARC1") for text in dns.texts(name)):
        return REPORTS.ok(f"Reports go to {quoted(host)}, which has agreed")
    return REPORTS.warning(
        f"{quoted(host)} has not agreed to get reports about {domain}, so none are sent.",
        f'It publishes: {quoted(name)} TXT "v=DMARC1"',
    )
