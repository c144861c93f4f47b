"""The relay answers, is secured, knows us, and takes mail from our sender."""

import asyncio
from collections.abc import Iterator

from pinlabs_mailer.delivery import smtp
from pinlabs_mailer.delivery.smtp import Welcome
from pinlabs_mailer.doctor.dns import DnsTrouble
from pinlabs_mailer.doctor.expiry import expiry
from pinlabs_mailer.doctor.finding import Finding, Topic, listed, quoted
from pinlabs_mailer.doctor.subject import NotSet, Subject
from pinlabs_mailer.errors import RelayAway, RunStopped
from pinlabs_mailer.settings.values import is_loopback

ANSWERS = Topic("relay.connection", "RFC 5321 section 3.1, RFC 4954")
SECURED = Topic("relay.tls", "RFC 3207, RFC 8314")
CERTIFICATE = Topic("relay.certificate", "RFC 8314")
SENDER = Topic("relay.sender", "RFC 5321 section 3.3")
NAME = Topic("relay.name", "D5")
STAGING = Topic("relay.only_to", "PINLABS_ONLY_TO")

_ANSWER_SECONDS, _ALL_SECONDS = 5.0, 12.0
_MODERN = ("TLSv1.2", "TLSv1.3")


def check(subject: Subject) -> Iterator[Finding]:
    """Talk to the relay as the sender does, and send nothing."""
    relay, sender = subject.relay, subject.envelope_sender
    only_to = subject.settings.only_to
    if only_to:
        yield STAGING.warning(
            "Staging: every mail goes to the address in PINLABS_ONLY_TO, and none to readers.",
            "Take the setting out before you send in earnest.",
        )
    recipient = f"postmaster@{subject.from_domain}"
    try:
        welcome = asyncio.run(_visit(subject, sender, recipient))
    except TimeoutError:
        yield ANSWERS.error(
            f"{relay.host}:{relay.port} takes longer than {_ALL_SECONDS:.0f} seconds.",
            "See whether the relay is busy or a firewall stands between.",
        )
        return
    except (RelayAway, RunStopped) as error:
        certificate = "" if relay.security == "none" else "its certificate, "
        yield ANSWERS.error(
            quoted(error.what, 250),
            f"Look whether it runs and can be reached, at {certificate}and at PINLABS_SMTP_URL.",
        )
        return
    login = ", and takes our login" if relay.username else ""
    yield ANSWERS.ok(f"{relay.host}:{relay.port} answers{login}")
    yield from _security(subject, welcome)
    yield _sender(welcome, sender, recipient)
    yield from _name(subject, welcome.name)


async def _visit(subject: Subject, sender: str, recipient: str) -> Welcome:
    account = subject.app.account
    async with asyncio.timeout(_ALL_SECONDS):
        return await smtp.visit(account, sender, recipient, _ANSWER_SECONDS)


def _security(subject: Subject, welcome: Welcome) -> Iterator[Finding]:
    relay = subject.relay
    if not welcome.tls:
        clear = "" if is_loopback(relay.host) else f"Mail goes to {relay.host} in the clear."
        yield SECURED.judged(
            clear,
            "The relay is on this machine",
            "Write smtp+starttls:// or smtps:// in PINLABS_SMTP_URL.",
        )
        return
    old = f"The relay speaks {welcome.tls}." if welcome.tls not in _MODERN else ""
    yield SECURED.judged(old, f"{welcome.tls}, and the certificate is valid", "Update the relay.")
    yield expiry(CERTIFICATE, relay.host, welcome.certificate_ends, subject.now)


def _sender(welcome: Welcome, sender: str, recipient: str) -> Finding:
    last = welcome.replies[-1]
    said = f"{last.code} {quoted(last.text)}"
    if last.code < 300:
        return SENDER.ok(f"It takes mail from {sender}")
    if len(welcome.replies) == 1:
        return SENDER.error(
            f"It takes no mail from {sender}: {said}", "Let this sender use the relay."
        )
    return SENDER.warning(
        f"It takes no mail from {sender} to {recipient}: {said}",
        "See whether it passes mail on for us, and make that mailbox (RFC 2142).",
    )


def _name(subject: Subject, greets: str) -> Iterator[Finding]:
    """Compare the name that the relay greets with to the names of the addresses it sends from."""
    try:
        addresses, sure = subject.sending
    except (NotSet, DnsTrouble):
        return  # told where the addresses themselves are looked at
    if not sure:
        return
    try:
        names = {name.lower() for address in addresses for name in subject.dns.names_of(address)}
    except DnsTrouble as trouble:
        yield NAME.unknown(f"The names of {listed(addresses)}: {trouble}.", "Run it again.")
        return
    if names:
        other = greets.lower().rstrip(".") not in names
        yield NAME.judged(
            f"The relay greets as {quoted(greets)}; its addresses are named {listed(names)}."
            if other
            else "",
            f"It greets as {quoted(greets)}, as its address is named",
            "Have it greet by the name that its address leads back to.",
        )
