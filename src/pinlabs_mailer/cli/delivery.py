"""`delivery`: who got what, when, and what the relay said."""

from typing import Annotated

import typer

from pinlabs_mailer.cli.context import (
    JSON_OPTION,
    clock,
    installation,
    print_json,
    print_list,
    print_one,
)
from pinlabs_mailer.cli.streams import printing
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.db.words import DeliveryStatus
from pinlabs_mailer.delivery import putting_back
from pinlabs_mailer.digest import issues
from pinlabs_mailer.errors import MailerError, UsageError
from pinlabs_mailer.outbox import lookup
from pinlabs_mailer.outbox.audit import audit

commands = typer.Typer(name="delivery", help="Single deliveries.", no_args_is_help=True)


@commands.command("list")
def list_deliveries(
    issue: Annotated[str, typer.Option(help="The issue's id or key.")],
    status: Annotated[DeliveryStatus | None, typer.Option(help="Only these.")] = None,
    as_json: JSON_OPTION = False,
) -> None:
    """List the deliveries of an issue."""
    with reading(installation().engine) as connection:
        found = lookup.of_issue(connection, issues.find(connection, issue).id, status)
    columns = ["id", "email", "status", "reason", "attempts", "finished_at", "reply"]
    print_list(found, as_json, columns)


@commands.command()
def show(
    delivery: int,
    raw: Annotated[bool, typer.Option("--raw", help="Also the mails that came back.")] = False,
    as_json: JSON_OPTION = False,
) -> None:
    """Show one delivery with all its tries, and what came back."""
    with reading(installation().engine) as connection:
        found = lookup.one(connection, delivery)
    mails = [report.pop("raw") for report in found["reports"]]
    if raw and as_json:
        found["mails"] = mails
    print_one(found, as_json)
    if raw and not as_json:
        with printing():
            print("\n\n".join(_readable(mail) for mail in mails))


def _readable(mail: str) -> str:
    """Return a text that a terminal shows and does not obey."""
    return "".join(c if c.isprintable() or c == "\n" else "?" for c in mail.replace("\r", ""))


@commands.command()
def retry(
    delivery: Annotated[int | None, typer.Argument()] = None,
    issue: Annotated[
        str | None, typer.Option(help="All of an issue that failed or expired, by its id or key.")
    ] = None,
    held: Annotated[
        bool, typer.Option("--held", help="With --issue: those that are held instead.")
    ] = False,
    as_json: JSON_OPTION = False,
) -> None:
    """Put digests back that failed, expired or are held. The next send-digest or work sends them.

    Consent and suppression are looked up again as ever. To put back what is held is to decide
    that it has not arrived.
    """
    if (delivery is None) == (issue is None) or (held and issue is None):
        raise UsageError("Say what to put back.", "Name one delivery, or --issue KEY [--held].")
    app = installation()
    if delivery is not None:
        with writing(app.engine) as connection:
            putting_back.put_back(connection, delivery, clock())
        show(delivery, as_json=as_json)
    elif issue is not None:
        some = [DeliveryStatus.HELD] if held else [DeliveryStatus.FAILED, DeliveryStatus.EXPIRED]
        number = putting_back.put_back_of(app.engine, issue, some, clock())
        with reading(app.engine) as connection:
            found = issues.report(connection, issues.find(connection, issue))
        print_one({"put_back": number, **found}, as_json)


@commands.command()
def check(as_json: JSON_OPTION = False) -> None:
    """Look through the whole ledger for what must not be; exit code 1 if anything is found."""
    with reading(installation().engine) as connection:
        found = audit(connection)
    if as_json:
        print_json(found)
    wrong = {name: number for name, number in found.items() if number}
    if wrong:
        listed = "\n".join(f"  - {number} {name}" for name, number in wrong.items())
        raise MailerError(f"The ledger is not as it must be:\n{listed}", "Stop sending and look.")
    if not as_json:
        print(f"Nothing is wrong: {len(found)} questions were asked of every delivery.")
