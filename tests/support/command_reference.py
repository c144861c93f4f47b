"""Writes the page of commands from the program itself:

python -m tests.support.command_reference > docs/commands.md
"""

from collections.abc import Iterator

import typer
from typer.core import TyperGroup
from typer.main import get_command

from pinlabs_mailer.cli.main import program

OPENING = """\
# Commands

What `--help` prints, for every command. This page is generated; do not edit it:

    python -m tests.support.command_reference > docs/commands.md

`pinlabs-mailer --config FILE COMMAND` reads its settings from FILE. Each command that takes
`--json` prints one JSON document on standard output, a list as `{"items": [...]}`. What people are
told goes to standard error. The exit codes are in [operations.md](operations.md#exit-codes).
"""
_WIDTH = 96


def names() -> list[str]:
    """Return every command as it is typed: `post import`."""
    return [name for name, _ in _commands()]


def reference() -> str:
    """Return the page."""
    sections = [f"## {name}\n\n```text\n{text}\n```\n" for name, text in _commands()]
    return "\n".join([OPENING, *sections])


def _commands() -> Iterator[tuple[str, str]]:
    """Yield each command and its help, and of groups those that do something by themselves."""
    root = get_command(program)
    context = typer.Context(root, info_name=root.name, max_content_width=_WIDTH)
    yield from _below(context)


def _below(context: typer.Context) -> Iterator[tuple[str, str]]:
    assert isinstance(context.command, TyperGroup)
    for name in sorted(context.command.list_commands(context)):
        command = context.command.get_command(context, name)
        assert command is not None
        inner = typer.Context(
            command,
            info_name=name,
            parent=context,
            terminal_width=_WIDTH,
            max_content_width=_WIDTH,
        )
        if not isinstance(command, TyperGroup) or command.invoke_without_command:
            words = inner.command_path.split(" ", 1)[1]
            yield words, "\n".join(line.rstrip() for line in command.get_help(inner).splitlines())
        if isinstance(command, TyperGroup):
            yield from _below(inner)


if __name__ == "__main__":
    print(reference(), end="")
