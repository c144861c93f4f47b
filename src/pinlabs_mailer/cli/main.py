"""The program: its commands put together, and the one table from errors to exit codes."""

import logging
import sys

import typer

from pinlabs_mailer.cli import (
    config,
    consent,
    database,
    delivery,
    digest,
    dkim,
    issue,
    retention,
    rights,
    streams,
    subscriber,
    suppression,
    topic,
)
from pinlabs_mailer.cli.context import CONFIG_OPTION, remember_config, say
from pinlabs_mailer.cli.later import Program
from pinlabs_mailer.errors import ConfigurationError, MailerError, Unavailable, UsageError

EXIT_CODES: tuple[tuple[type[MailerError], int], ...] = (
    (UsageError, 2),
    (ConfigurationError, 3),
    (Unavailable, 75),
    (MailerError, 1),
)
"""The first that fits."""

program = typer.Typer(
    name="pinlabs-mailer",
    cls=Program,
    help="A newsletter and talent-community mailer.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
)
for noun in (
    database,
    topic,
    issue,
    delivery,
    suppression,
    consent,
    config,
    dkim,
    digest,
):
    program.add_typer(noun.commands)
program.add_typer(subscriber.commands)
subscriber.commands.command("edit")(rights.edit)
subscriber.commands.command("search")(rights.search)
subscriber.commands.command("export")(rights.export)
subscriber.commands.command("erase")(rights.erase)
program.add_typer(retention.commands)
program.command("subscribe")(subscriber.subscribe)
program.command("unsubscribe")(subscriber.unsubscribe)
program.command("send-digest")(digest.send_digest)
program.command("preview")(digest.preview)
program.command("send-test")(digest.send_test)


@program.callback()
def _options(config: CONFIG_OPTION = None) -> None:
    remember_config(config)


def main() -> None:
    """Run the program and leave with its exit code."""
    streams.open_closed()
    logging.raiseExceptions = False  # a log that cannot be written must not be told by a traceback
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(message)s")
    for chatty in ("httpx", "aiosmtplib", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    try:
        program(streams.arguments())
    except MailerError as error:
        say(f"Error: {error}")
        sys.exit(next(code for kind, code in EXIT_CODES if isinstance(error, kind)))
