"""`config`: the settings in force."""

import typer

from pinlabs_mailer.cli.context import JSON_OPTION, print_json, print_list, read_settings
from pinlabs_mailer.settings import shown

commands = typer.Typer(name="config", help="The settings.", no_args_is_help=True)


@commands.callback()
def _group() -> None:
    """Without this, Typer would run the single command under the name of the group."""


@commands.command()
def show(as_json: JSON_OPTION = False) -> None:
    """Show every setting, secrets hidden, and where it came from."""
    found = shown(read_settings())
    if as_json:
        print_json(found)
        return
    rows = [{"setting": name, **value} for name, value in found.items()]
    print_list(rows, False, ["setting", "value", "from"])
