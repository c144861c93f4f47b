"""`sign-ups` and `join-form`: what strangers may cause, and the form for a site of one's own."""

from typing import Annotated

import typer

from pinlabs_mailer import topics as all_topics
from pinlabs_mailer.cli.context import JSON_OPTION, clock, installation, print_one
from pinlabs_mailer.cli.streams import printing
from pinlabs_mailer.community import limits, sign_ups
from pinlabs_mailer.community.address import parse_address
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.web.pages import Pages

commands = typer.Typer(
    name="sign-ups", help="The limits of the sign-up form.", no_args_is_help=True
)


@commands.command()
def show(as_json: JSON_OPTION = False) -> None:
    """Say how many mails sign-ups have caused within the hour, and whether they pause."""
    app = installation()
    with reading(app.engine) as connection:
        shown = {
            "mails": limits.used(connection, app.limits, clock()),
            "ceiling": app.limits.ceiling,
            "paused_until": limits.paused_until(connection, app.limits, clock()),
            "waiting": sign_ups.waiting(connection),
        }
    print_one(shown, as_json)


@commands.command()
def resume(as_json: JSON_OPTION = False) -> None:
    """End a pause: the hour begins anew."""
    app = installation()
    with writing(app.engine) as connection:
        limits.resume(connection, app.limits)
    show(as_json)


@commands.command()
def allow(email: str, as_json: JSON_OPTION = False) -> None:
    """Let an address be asked again, whose owner had stopped it or that had its share."""
    app = installation()
    address = parse_address(email)
    with writing(app.engine) as connection:
        stopped = limits.is_stopped(connection, app.limits, address.key)
        limits.forgive(connection, app.limits, address.key)
    print_one({"email": address.email, "was_stopped": stopped}, as_json)


def join_form(
    topic: Annotated[
        list[str] | None, typer.Option("--topic", help="Offer only these. Can be repeated.")
    ] = None,
) -> None:
    """Print a sign-up form to paste into a page of your own. It needs no script."""
    app = installation()
    with reading(app.engine) as connection:
        offered = (
            all_topics.joinable(connection, topic) if topic else all_topics.offered(connection)
        )
    snippet = bytes(Pages(app).show("join_snippet", topics=offered).body).decode()
    with printing():
        print(snippet, end="")
