"""Commands whose modules take long to import are imported when they are asked for.

A command that looks one thing up should not wait for what reads job boards, runs web servers or
asks DNS.
"""

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

NOUNS = {
    "doctor": "doctor",
    "post": "post",
    "returns": "returns",
    "sign-ups": "sign_ups",
    "source": "source",
}
"""Groups of commands: the module of each."""
VERBS = {
    "join-form": "sign_ups:join_form",
    "import": "transfer:import_people",
    "export": "transfer:export_people",
    "lint": "lint:lint",
    "work": "serving:work",
    "serve": "serving:serve",
    "demo": "demo:demo",
}
"""Single commands: where the function of each is."""


class Program(TyperGroup):
    """The program, with the commands that are imported later."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return every command, also those that are not imported yet."""
        return [*super().list_commands(ctx), *NOUNS, *VERBS]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command, None if there is none of this name."""
        if cmd_name not in self.commands and (cmd_name in NOUNS or cmd_name in VERBS):
            self.commands[cmd_name] = _imported(cmd_name)
        return super().get_command(ctx, cmd_name)


def _imported(name: str) -> Any:
    shelf = typer.Typer(rich_markup_mode=None, add_completion=False)
    shelf.callback()(lambda: None)
    if name in NOUNS:
        shelf.add_typer(import_module(f"{__package__}.{NOUNS[name]}").commands)
    else:
        module, _, function = VERBS[name].partition(":")
        shelf.command(name)(getattr(import_module(f"{__package__}.{module}"), function))
    return get_group(shelf).commands[name]
