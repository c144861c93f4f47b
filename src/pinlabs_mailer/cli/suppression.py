"""`suppression`: addresses that must get nothing."""

from typing import Annotated

import typer

from pinlabs_mailer.cli.context import JSON_OPTION, clock, installation, print_list, print_one
from pinlabs_mailer.community import suppression
from pinlabs_mailer.community.address import parse_address
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.db.words import SuppressionReason
from pinlabs_mailer.errors import NotFound

commands = typer.Typer(
    name="suppression", help="Addresses that must get nothing.", no_args_is_help=True
)


@commands.command("list")
def list_suppressions(as_json: JSON_OPTION = False) -> None:
    """List them, with the reason and since when."""
    with reading(installation().engine) as connection:
        found = suppression.every(connection)
    print_list(found, as_json, ["email_key", "reason", "since", "note"])


@commands.command()
def add(
    email: str,
    note: Annotated[str, typer.Option(help="Why, for the record.")] = "",
    as_json: JSON_OPTION = False,
) -> None:
    """Suppress an address by hand; what waits for it is dropped."""
    address = parse_address(email)
    app = installation()
    with writing(app.engine) as connection:
        suppression.suppress(connection, address.key, SuppressionReason.MANUAL, clock(), note)
        found = suppression.shown(connection, app.notary, address)
    print_one({"email": address.email, **(found or {})}, as_json)


@commands.command()
def remove(email: str, as_json: JSON_OPTION = False) -> None:
    """Take an address off the list; say why and since when it was on it."""
    address = parse_address(email)
    app = installation()
    with writing(app.engine) as connection:
        was = suppression.shown(connection, app.notary, address)
        if not suppression.lift(connection, app.notary, address):
            raise NotFound(
                f"{address.email} is not suppressed.", "See: pinlabs-mailer suppression list"
            )
    print_one({"email": address.email, "reason": None, "was": was}, as_json)
