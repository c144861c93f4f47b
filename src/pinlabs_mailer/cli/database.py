"""`db`: set the database up and keep it up to date."""

import typer

from pinlabs_mailer.cli.context import JSON_OPTION, clock, installation, print_json, say
from pinlabs_mailer.cli.streams import printing
from pinlabs_mailer.db import schema

commands = typer.Typer(name="db", help="The database.", no_args_is_help=True)


@commands.command()
def upgrade(as_json: JSON_OPTION = False) -> None:
    """Set the database up, or apply the migrations that are pending."""
    revision = schema.upgrade(installation().bare_engine, clock())
    if as_json:
        print_json({"revision": revision})
    else:
        say(f"The database is at revision {revision}.")


@commands.command()
def current(as_json: JSON_OPTION = False) -> None:
    """Show the revision of the database and the one this version wants."""
    revision = schema.current(installation().bare_engine)
    if as_json:
        print_json({"revision": revision, "head": schema.head()})
    else:
        with printing():
            print(f"revision {revision or 'none'}, this version wants {schema.head()}")


@commands.command()
def check(as_json: JSON_OPTION = False) -> None:
    """Say whether a migration is pending; exit code 3 if one is."""
    schema.require_current(installation().bare_engine)
    if as_json:
        print_json({"revision": schema.head(), "pending": False})
    else:
        say("The database is up to date.")
