"""`topic`: what can be subscribed to."""

from typing import Annotated

import typer

from pinlabs_mailer import topics
from pinlabs_mailer.cli.context import JSON_OPTION, clock, installation, print_list, print_one
from pinlabs_mailer.db.engine import reading, writing

commands = typer.Typer(name="topic", help="What can be subscribed to.", no_args_is_help=True)


@commands.command("list")
def list_topics(as_json: JSON_OPTION = False) -> None:
    """List the topics."""
    with reading(installation().engine) as connection:
        found = [one._asdict() for one in topics.every(connection)]
    print_list(found, as_json, ["slug", "title", "description", "retired_at"])


@commands.command()
def add(
    slug: str,
    title: Annotated[str, typer.Option(help="What people see.")],
    description: Annotated[str, typer.Option(help="One line about it.")] = "",
    as_json: JSON_OPTION = False,
) -> None:
    """Make a topic."""
    with writing(installation().engine) as connection:
        made = topics.add(connection, slug, title, description)
    print_one(made._asdict(), as_json)


@commands.command()
def edit(
    slug: str,
    title: Annotated[str | None, typer.Option(help="What people see.")] = None,
    description: Annotated[str | None, typer.Option(help="One line about it.")] = None,
    as_json: JSON_OPTION = False,
) -> None:
    """Put a topic into other words. Its slug stays, for scripts and forms have it."""
    with writing(installation().engine) as connection:
        edited = topics.edit(connection, slug, title=title, description=description)
    print_one(edited._asdict(), as_json)


@commands.command()
def retire(
    slug: str,
    undo: Annotated[bool, typer.Option("--undo", help="Offer it again.")] = False,
    as_json: JSON_OPTION = False,
) -> None:
    """Offer it to nobody new, and tell its items no more. Who is in stays in, and can leave."""
    with writing(installation().engine) as connection:
        if undo:
            retired = topics.bring_back(connection, slug)
        else:
            retired = topics.retire(connection, slug, clock())
    print_one(retired._asdict(), as_json)
