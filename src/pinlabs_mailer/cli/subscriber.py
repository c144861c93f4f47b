"""`subscribe`, `unsubscribe` and `subscriber`: people and their consent."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer
from sqlalchemy import Connection

from pinlabs_mailer import topics as app_topics
from pinlabs_mailer.app import App
from pinlabs_mailer.cli.context import (
    JSON_OPTION,
    clock,
    installation,
    print_list,
    print_one,
    say,
)
from pinlabs_mailer.community import joining, leaving, limits, subscribers, suppression
from pinlabs_mailer.community.address import Address, clean_name, parse_address
from pinlabs_mailer.community.consent import Circumstances
from pinlabs_mailer.community.details import parse_locale, parse_timezone
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.db.words import Actor, Consent, DeliveryStatus, Frequency
from pinlabs_mailer.errors import (
    BadInput,
    ConfigurationError,
    MailerError,
    Unavailable,
    UsageError,
)
from pinlabs_mailer.outbox import lookup

commands = typer.Typer(name="subscriber", help="Look people up.", no_args_is_help=True)
TOPIC_OPTION = Annotated[list[str] | None, typer.Option("--topic", help="Can be repeated.")]


def subscribe(
    email: str,
    topic: TOPIC_OPTION = None,
    name: Annotated[str, typer.Option(help="How to greet them.")] = "",
    locale: Annotated[str, typer.Option(help="Their language.")] = "en",
    timezone: Annotated[str, typer.Option(help="Their IANA time zone.")] = "",
    frequency: Annotated[Frequency | None, typer.Option(help="How often at most.")] = None,
    source: Annotated[str, typer.Option(help="Where they asked.")] = "command line",
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Only queue the mail.")] = False,
    confirmed: Annotated[
        bool, typer.Option("--confirmed", help="They have consented elsewhere.")
    ] = False,
    evidence: Annotated[str, typer.Option(help="With --confirmed: how that is known.")] = "",
    as_json: JSON_OPTION = False,
) -> None:
    """Ask somebody to confirm a subscription, or record consent that was given elsewhere."""
    wanted = joining.Request(
        address=parse_address(email),
        topics=tuple(topic or ["projects"]),
        name=clean_name(name),
        locale=parse_locale(locale),
        timezone=parse_timezone(timezone),
        frequency=frequency,
    )
    if confirmed != bool(evidence.strip()):
        raise UsageError(
            "--confirmed and --evidence belong together.",
            "Say how the consent is known: --confirmed --evidence 'form signed on 3 May 2026'",
        )
    app = installation()
    how = Circumstances(clock(), _line(source), Actor.OPERATOR, app.notary, evidence=evidence)
    delivery_id = None
    with writing(app.engine) as connection:
        if confirmed:
            joining.record_confirmed(connection, wanted, how)
        else:
            _require_not_stopped(connection, app, wanted.address)
            delivery_id = joining.request(connection, wanted, how)
    if delivery_id is not None and not no_wait:
        _try_at_once(app)
    with reading(app.engine) as connection:
        suppressed = suppression.reason_for(connection, app.notary, wanted.address)
        mail = lookup.one(connection, delivery_id) if delivery_id is not None else {}
    if suppressed and not mail and not confirmed:
        say(f"{wanted.address.email} is suppressed ({suppressed}): no mail goes there.")
        print_one({"email": wanted.address.email, "suppressed": suppressed}, as_json)
        return
    print_person(app, email, as_json)
    _require_not_refused(mail)


def unsubscribe(
    email: str,
    topic: TOPIC_OPTION = None,
    reason: Annotated[str, typer.Option(help="Why, for the record.")] = "",
    as_json: JSON_OPTION = False,
) -> None:
    """Withdraw consent for these topics, or for all."""
    app = installation()
    address = parse_address(email)
    with writing(app.engine) as connection:
        person = subscribers.by_address(connection, address)
        if topic:
            app_topics.named(connection, topic)
        how = Circumstances(
            clock(), "command line", Actor.OPERATOR, app.notary, evidence=_line(reason)
        )
        leaving.withdraw(connection, person.id, how, topic)
    print_person(app, email, as_json)


@commands.command("list")
def list_subscribers(
    status: Annotated[Consent | None, typer.Option(help="Only these subscriptions.")] = None,
    as_json: JSON_OPTION = False,
) -> None:
    """List everybody with their topics."""
    with reading(installation().engine) as connection:
        print_list(
            subscribers.every(connection, status),
            as_json,
            ["id", "email", "name", "created_at", "topics"],
        )


@commands.command()
def show(email: str, as_json: JSON_OPTION = False) -> None:
    """Show one person: subscriptions, and every consent event with the words shown."""
    print_person(installation(), email, as_json)


@commands.command("resend-confirmation")
def resend_confirmation(
    email: str,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Only queue the mail.")] = False,
    as_json: JSON_OPTION = False,
) -> None:
    """Ask somebody once more to confirm what they have asked for."""
    app = installation()
    address = parse_address(email)
    how = Circumstances(clock(), "command line", Actor.OPERATOR, app.notary)
    with writing(app.engine) as connection:
        person = subscribers.by_address(connection, address)
        _require_not_stopped(connection, app, address)
        offered = {one.slug for one in app_topics.offered(connection)}
        pending = tuple(
            str(one["topic"])
            for one in subscribers.subscriptions(connection, person.id)
            if one["status"] == Consent.PENDING and one["topic"] in offered
        )
        wanted = joining.Request(address, pending, locale=person.locale)
        delivery_id = joining.request(connection, wanted, how) if pending else None
        if delivery_id is None:
            raise UsageError(
                f"There is nothing that {address.email} could confirm by mail.",
                f"See why: pinlabs-mailer subscriber show {address.email}",
            )
    if not no_wait:
        _try_at_once(app)
    with reading(app.engine) as connection:
        mail = lookup.one(connection, delivery_id)
    print_person(app, email, as_json)
    _require_not_refused(mail)


def print_person(app: App, email: str, as_json: bool) -> None:
    """Print one person with all that is recorded of their consent."""
    address = parse_address(email)
    with reading(app.engine) as connection:
        person = subscribers.by_address(connection, address)
        shown = {
            **person._asdict(),
            "suppressed": suppression.reason_for(connection, app.notary, address),
            "subscriptions": subscribers.subscriptions(connection, person.id),
            "events": subscribers.history(connection, person.id),
        }
    del shown["reference"]  # with the signing key it would make their links
    print_one(shown, as_json)


def _require_not_stopped(connection: Connection, app: App, address: Address) -> None:
    if limits.is_stopped(connection, app.limits, address.key):
        raise UsageError(
            f"Somebody at {address.email} asked for no more mails of this sort.",
            f"If they want one after all: pinlabs-mailer sign-ups allow {address.email}",
        )


def _require_not_refused(mail: Mapping[str, Any]) -> None:
    if mail.get("status") == DeliveryStatus.FAILED:
        raise MailerError(
            f"The confirmation mail was refused: {mail['reply']}", "Check the address."
        )


def _try_at_once(app: App) -> None:
    """Send the confirmations that wait, and no issue: this command is about one person.

    That no relay is set or answers is no failure of subscribing.
    """
    try:
        app.pump.run(issues=False)
    except (Unavailable, ConfigurationError) as error:
        say(f"The confirmation mail waits in the outbox: {error.what}")


def _line(raw: str) -> str:
    if any(ord(c) < 32 or ord(c) == 127 for c in raw):
        raise BadInput(f"{raw[:80]!a} has control characters in it.", "Write one line.")
    return raw.strip()
