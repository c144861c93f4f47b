"""`retention`: what is not kept for ever, and how often people are asked whether they stay."""

from typing import Annotated

import typer

from pinlabs_mailer.app import retention
from pinlabs_mailer.app.retention import Report
from pinlabs_mailer.cli.context import JSON_OPTION, installation, print_one, say
from pinlabs_mailer.cli.progress import telling_every_few_seconds
from pinlabs_mailer.cli.stopping import stopping_in_order
from pinlabs_mailer.community import tallies
from pinlabs_mailer.db.engine import reading

commands = typer.Typer(
    name="retention", help="How long people and mails are kept.", no_args_is_help=True
)


@commands.command()
def run(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")] = False,
    as_json: JSON_OPTION = False,
) -> None:
    """Remind, expire, purge, erase and fold what is due. Safe to run at any time, and again.

    `work` and `serve --work` do it once a day by themselves.
    """
    app = installation()
    latest = Report()
    tell = telling_every_few_seconds(lambda: f"So far: {latest}.")

    def on_progress(report: Report) -> None:
        nonlocal latest
        latest = report
        tell()

    with stopping_in_order() as stop:
        report = retention.run(app, dry=dry_run, stop=stop, on_progress=on_progress)
    if dry_run:
        say("Nothing is changed: this is a dry run.")
    print_one(report.numbers(), as_json)


@commands.command()
def show(as_json: JSON_OPTION = False) -> None:
    """Say when the job was last through, and what it did in each month."""
    with reading(installation().engine) as connection:
        shown = {"last_run": tallies.last_run(connection), "months": tallies.months(connection)}
    print_one(shown, as_json)
