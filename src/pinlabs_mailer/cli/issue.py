"""`issue`: what was sent, and what became of it."""

import typer

from pinlabs_mailer.cli.context import JSON_OPTION, installation, print_list, print_one
from pinlabs_mailer.db.engine import reading
from pinlabs_mailer.digest import issues

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
    with reading(installation().engine) as connection:
        found = issues.report(connection, issues.find(connection, issue))
    print_one(found, as_json)
