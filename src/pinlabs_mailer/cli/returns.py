"""`returns`: what comes back by mail."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from pinlabs_mailer.cli.context import JSON_OPTION, clock, installation, print_list, print_one
from pinlabs_mailer.community.consent import Circumstances
from pinlabs_mailer.db.engine import writing
from pinlabs_mailer.db.words import Actor
from pinlabs_mailer.errors import MailerError, UsageError
from pinlabs_mailer.feedback import inspecting, mailto

commands = typer.Typer(name="returns", help="What comes back by mail.", no_args_is_help=True)


@commands.command()
def take(
    source: Annotated[str, typer.Argument(help="- for standard input.")] = "-",
    as_json: JSON_OPTION = False,
) -> None:
    """Read one mail from a pipe and act on it. Exit code 1 when it asks for nothing we know."""
    if source != "-":
        raise UsageError(f"{source[:60]!r} cannot be read.", "Write - for standard input.")
    app = installation()
    _ = app.engine
    raw = sys.stdin.buffer.read(mailto.HEADER_LIMIT)
    while sys.stdin.buffer.read(1 << 16):
        pass  # the rest is not looked at, but a pipe that nobody empties is an error to Postfix
    token = mailto.token_in(raw)
    if token is None:
        raise MailerError(
            "This mail asks for nothing that can be done here.",
            "Its subject would be `unsubscribe TOKEN`, as in the List-Unsubscribe header.",
        )
    with writing(app.engine) as connection:
        how = Circumstances(clock(), "unsubscribe mail", Actor.PERSON, app.notary)
        left = mailto.take(connection, app.links.signer, token, how)
    if left is None:
        raise MailerError(
            "The token in this mail is not ours, or it is cut. Nothing was changed.",
            "Use the whole address from the List-Unsubscribe header.",
        )
    print_one({"kind": "unsubscribe", "left": [topic.slug for topic in left]}, as_json)


@commands.command()
def inspect(
    path: Annotated[Path, typer.Argument(help="A mail, an mbox, a Maildir or a folder of mails.")],
    as_json: JSON_OPTION = False,
) -> None:
    """Show how mails that came back are read. Nothing is acted on, and no database is needed."""
    columns = ("file", "kind", "recipient", "status", "reason", "delivery")
    print_list(inspecting.inspect(path), as_json, columns)
