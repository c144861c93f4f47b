"""D1: SPF at the envelope domain."""

from collections.abc import Iterator
from ipaddress import ip_address

from pinlabs_mailer.doctor.finding import Finding, Topic, listed, quoted
from pinlabs_mailer.doctor.spf.macro import Letter
from pinlabs_mailer.doctor.spf.record import SpfSyntax, is_spf, parse
from pinlabs_mailer.doctor.spf.walk import MOST_LOOKUPS, MOST_VOIDS, Result, Walk
from pinlabs_mailer.doctor.subject import NotSet, Subject
from pinlabs_mailer.settings import IPAddress

RECORD = Topic("spf.record", "D1, RFC 7208 section 4.5")
ENDING = Topic("spf.ending", "D1, RFC 7208 section 5.1")
LIMITS = Topic("spf.lookups", "D1, RFC 7208 section 4.6.4")
COVERS = Topic("spf.covers", "D1, RFC 7208 section 2.6")

_NOBODY = "192.0.2.255"
_PUBLISH = "Publish the record that `pinlabs-mailer doctor dns` prints."
_MOST_ADDRESSES = 8


def check(subject: Subject) -> Iterator[Finding]:
    """Is there one record, can it be read, does it cost little, does it name the relay?"""
    domain = subject.envelope_domain
    found = [text for text in subject.dns.texts(domain) if is_spf(text)]
    if len(found) != 1:
        yield _not_one(domain, found)
        return
    try:
        record = parse(found[0])
    except SpfSyntax as error:
        yield RECORD.error(f"The SPF record of {domain} is wrong: {error}.", _PUBLISH)
        return
    yield RECORD.ok(f"{domain}: {quoted(found[0])}")
    yield _ending(record.last_word, bool(record.redirect))
    if any(term.name == "ptr" for term in record.terms):
        yield RECORD.warning(
            f"The SPF record of {domain} has ptr, which many receivers do not look up.",
            "Name the addresses with ip4: and ip6: instead.",
        )
    try:
        addresses, sure = subject.sending
    except NotSet:
        addresses, sure = (), False
    # without an address to ask about, what the record costs can be told all the same
    walks = [_walk(subject, domain, address) for address in addresses[:_MOST_ADDRESSES]]
    walks = walks or [_walk(subject, domain, None)]
    yield _limits(domain, [walk for walk, _ in walks])
    _ = subject.sending  # says which setting is missing, as the last thing
    yield _covers(domain, dict(zip(addresses, (said for _, said in walks), strict=False)), sure)


def _not_one(domain: str, found: list[str]) -> Finding:
    if not found:
        return RECORD.error(f"{domain} has no SPF record.", _PUBLISH)
    return RECORD.error(
        f"{domain} has {len(found)} SPF records; receivers then use none.",
        "Join them into one, and delete the others.",
    )


def _ending(last_word: str, redirects: bool) -> Finding:
    if last_word == "+":
        return ENDING.error("+all lets the whole world send in your name.", "End it with ~all.")
    if last_word in ("-", "~") or (redirects and not last_word):
        return ENDING.ok("redirect=" if not last_word else f"{last_word}all")
    return ENDING.warning(
        "It says nothing of senders that it does not name.", "End it with ~all or -all."
    )


def _walk(subject: Subject, domain: str, address: IPAddress | None) -> tuple[Walk, Result]:
    letter = Letter(address or ip_address(_NOBODY), f"news@{domain}", subject.helo)
    walk = Walk(subject.dns, letter)
    return walk, walk.check(domain)


def _limits(domain: str, walks: list[Walk]) -> Finding:
    lookups = max(walk.lookups for walk in walks)
    voids = max(walk.voids for walk in walks)
    faults = list(dict.fromkeys(fault for walk in walks for fault in walk.faults))
    troubles = list(dict.fromkeys(trouble for walk in walks for trouble in walk.troubles))
    if faults:
        return LIMITS.error(f"Receivers give up: {listed(map(quoted, faults))}.", "Mend that term.")
    if lookups > MOST_LOOKUPS:
        return LIMITS.error(
            f"{lookups} look-ups; receivers give up after {MOST_LOOKUPS}.",
            "Leave out what you do not use, and write addresses in place of include: and mx.",
        )
    if voids > MOST_VOIDS:
        return LIMITS.error(
            f"{voids} look-ups find nothing; receivers give up after {MOST_VOIDS}.",
            "Leave out the names that do not exist.",
        )
    if troubles:
        return LIMITS.unknown(
            f"Not all of it could be looked up: {listed(map(quoted, troubles))}.",
            "Run it again; if it stays so, ask whoever runs that name server.",
        )
    return LIMITS.ok(f"{domain}: {lookups} of {MOST_LOOKUPS} look-ups, {voids} find nothing")


def _covers(domain: str, said: dict[IPAddress, Result], sure: bool) -> Finding:
    unclear = [address for address, result in said.items() if result is Result.TEMPERROR]
    missed = {a: r for a, r in said.items() if r not in (Result.PASS, Result.TEMPERROR)}
    if missed:
        told = listed(f"{address} ({result})" for address, result in missed.items())
        seen = f"The SPF record of {domain} does not let these send: {told}."
        if sure:
            return COVERS.error(seen, "Add them with ip4: or ip6:. " + _PUBLISH)
        return COVERS.warning(
            seen,
            "Add the include: of your provider. If it sends from other addresses than these, "
            "name them in PINLABS_SENDING_ADDRESSES.",
        )
    if unclear:
        return COVERS.unknown(f"DNS did not answer for {listed(unclear)}.", "Run it again.")
    return COVERS.ok(f"{domain} lets {listed(said)} send")
