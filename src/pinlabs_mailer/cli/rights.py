"""`subscriber edit`, `search`, `export`, `erase`: correcting, handing out, erasing what is held."""

from pathlib import Path
from typing import Annotated

import typer

from pinlabs_mailer.app import holdings
from pinlabs_mailer.cli.context import (
    JSON_OPTION,
    clock,
    installation,
    print_json,
    print_one,
)
from pinlabs_mailer.cli.subscriber import print_person
from pinlabs_mailer.community import choosing, erasure, searches, subscribers
from pinlabs_mailer.community.address import clean_name, parse_address
from pinlabs_mailer.community.consent import Circumstances
from pinlabs_mailer.community.details import parse_locale, parse_timezone
from pinlabs_mailer.community.search import parse_search
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.db.words import Actor, Frequency
from pinlabs_mailer.errors import UsageError


def edit(
    email: str,
    name: Annotated[str | None, typer.Option(help="How to greet them.")] = None,
    locale: Annotated[str | None, typer.Option(help="Their language.")] = None,
    timezone: Annotated[str | None, typer.Option(help="Their IANA time zone.")] = None,
    frequency: Annotated[Frequency | None, typer.Option(help="How often at most.")] = None,
    as_json: JSON_OPTION = False,
) -> None:
    """Correct what is known of a person. A frequency is recorded for each topic they are in."""
    address = parse_address(email)
    details = {
        field: value
        for field, value in (
            ("name", name if name is None else clean_name(name)),
            ("locale", locale if locale is None else parse_locale(locale)),
            ("timezone", timezone if timezone is None else parse_timezone(timezone)),
        )
        if value is not None
    }
    if not details and frequency is None:
        raise UsageError("There is nothing to change.", "Name it, such as --name 'Ada'.")
    app = installation()
    with writing(app.engine) as connection:
        person = subscribers.by_address(connection, address)
        if details:
            subscribers.edit(connection, person.id, **details)
        if frequency is not None:
            how = Circumstances(clock(), "command line", Actor.OPERATOR, app.notary)
            person = subscribers.by_address(connection, address)
            choosing.set_frequency(connection, person, frequency, how)
    print_person(app, email, as_json)


def search(
    email: str,
    department: Annotated[list[str] | None, typer.Option(help="Can be repeated.")] = None,
    location: Annotated[
        list[str] | None, typer.Option(help="A place, or remote. Can be repeated.")
    ] = None,
    employment: Annotated[
        list[str] | None, typer.Option(help="Such as full-time. Can be repeated.")
    ] = None,
    word: Annotated[list[str] | None, typer.Option(help="Can be repeated.")] = None,
    clear: Annotated[bool, typer.Option("--clear", help="All jobs again.")] = False,
    as_json: JSON_OPTION = False,
) -> None:
    """Show or replace which jobs a person wants to hear of; what is not named excludes nothing."""
    wanted = parse_search(department or (), location or (), employment or (), word or ())
    if clear and wanted:
        raise UsageError("--clear leaves nothing to search for.", "Name the search or clear it.")
    app, address = installation(), parse_address(email)
    with reading(app.engine) as connection:
        person = subscribers.by_address(connection, address)
    if clear or wanted:
        with writing(app.engine) as connection:
            subscribers.hold(connection, person.id)
            searches.save_search(connection, person.id, wanted, clock())
    with reading(app.engine) as connection:
        found = searches.search_of(connection, person.id)
    print_one({name: list(values) for name, values in vars(found).items()}, as_json)


def export(
    email: str,
    out: Annotated[Path | None, typer.Option(help="A folder: write JSON and a page there.")] = None,
    as_json: JSON_OPTION = False,
) -> None:
    """Hand out everything that is held on a person: as JSON, and with --out as a page, too."""
    app, address = installation(), parse_address(email)
    if out is None:
        print_json(holdings.held_on(app, address))
        return
    written = holdings.write_held(app, address, out)
    print_one({"files": [str(path) for path in written]}, as_json)


def erase(
    email: str,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: JSON_OPTION = False,
) -> None:
    """Erase a person, for good. No import brings them back; they can, by joining again."""
    app, address = installation(), parse_address(email)
    if not yes and not typer.confirm(f"Erase {address.email} for good?", err=True):
        raise UsageError("Nobody was erased.", "Answer with y, or pass --yes.")
    with writing(app.engine) as connection:
        person = subscribers.by_address(connection, address)
        how = Circumstances(clock(), "command line", Actor.OPERATOR, app.notary)
        erasure.erase(connection, person.id, how)
    print_one({"erased": True}, as_json)
