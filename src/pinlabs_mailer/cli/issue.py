"""`issue`: what was sent, what became of it, and the editor's words for the one to come."""

from typing import Annotated

import typer

from pinlabs_mailer.app import App
from pinlabs_mailer.cli.context import JSON_OPTION, clock, installation, print_list, print_one
from pinlabs_mailer.content import next_issue
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.digest import halting, issues

commands = typer.Typer(name="issue", help="Issues and their numbers.", no_args_is_help=True)


@commands.command("list")
def list_issues(as_json: JSON_OPTION = False) -> None:
    """List the issues, the latest first."""
    with reading(installation().engine) as connection:
        found = [issues.report(connection, one) for one in issues.every(connection)]
    print_list(
        found,
        as_json,
        ["id", "key", "status", "total", "waiting", "accepted", "failed", "skipped", "subject"],
    )


@commands.command()
def show(issue: str, as_json: JSON_OPTION = False) -> None:
    """Show one issue, by id or key; total is always the sum of the numbers after it."""
    _report(installation(), issue, as_json)


@commands.command()
def pause(issue: str, as_json: JSON_OPTION = False) -> None:
    """Send nothing more of it until it is resumed, whoever is sending it now."""
    app = installation()
    halting.pause(app.engine, issue)
    _report(app, issue, as_json)


@commands.command()
def resume(issue: str, as_json: JSON_OPTION = False) -> None:
    """Let it go on. The next send-digest or work sends the rest."""
    app = installation()
    halting.resume(app.engine, issue)
    _report(app, issue, as_json)


@commands.command()
def cancel(issue: str, as_json: JSON_OPTION = False) -> None:
    """End it: whoever has not been sent it is skipped."""
    app = installation()
    halting.cancel(app.engine, issue, clock())
    _report(app, issue, as_json)


@commands.command("next")
def next_words(
    subject: Annotated[str | None, typer.Option(help="Its subject; empty for the usual.")] = None,
    intro: Annotated[
        str | None, typer.Option(help="Paragraphs to begin with, an empty line between them.")
    ] = None,
    as_json: JSON_OPTION = False,
) -> None:
    """Write the subject and an introduction for the issue that opens next, or show them."""
    app = installation()
    if subject is None and intro is None:
        with reading(app.engine) as connection:
            words = next_issue.read(connection)
    else:
        with writing(app.engine) as connection:
            words = next_issue.write(connection, subject, intro)
    print_one(words._asdict(), as_json)


def _report(app: App, issue: str, as_json: bool) -> None:
    with reading(app.engine) as connection:
        found = issues.report(connection, issues.find(connection, issue))
    print_one(found, as_json)
