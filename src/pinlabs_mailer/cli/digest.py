"""`send-digest`, `preview`, `send-test`, `digest explain`: the newsletter itself."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from pinlabs_mailer.app import App, explaining, preflight
from pinlabs_mailer.app import preview as previews
from pinlabs_mailer.cli.context import (
    JSON_OPTION,
    NOW_OPTION,
    installation,
    moment,
    print_json,
    print_list,
    print_one,
    say,
)
from pinlabs_mailer.cli.progress import require_success, showing_progress
from pinlabs_mailer.cli.stopping import stopping_in_order
from pinlabs_mailer.community.address import parse_address
from pinlabs_mailer.db.engine import reading
from pinlabs_mailer.delivery.tally import Tally
from pinlabs_mailer.digest import issues
from pinlabs_mailer.errors import BadInput
from pinlabs_mailer.settings import required

commands = typer.Typer(name="digest", help="See why a digest is as it is.", no_args_is_help=True)


@commands.command()
def explain(email: str, now: NOW_OPTION = None, as_json: JSON_OPTION = False) -> None:
    """Say of every item why it is in a person's next digest, or is not."""
    told = explaining.explain(installation(), parse_address(email), moment(now))
    if as_json:
        print_json(told._asdict() | {"items": [one._asdict() for one in told.items]})
        return
    say(told.summary)
    rows = [{**one._asdict(), "place": one.place or "-"} for one in told.items]
    print_list(rows, False, ["place", "id", "kind", "title", "why"])


def send_digest(
    now: NOW_OPTION = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Only say what would happen, and what preflight finds."),
    ] = False,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Only open and plan.")] = False,
    as_json: JSON_OPTION = False,
) -> None:
    """Open the issue that is due, if any, and deliver all that is due. Safe to run at any time."""
    app = installation()
    at = moment(now)
    if not no_wait:
        _ = app.pump  # a missing relay or a bad key is said before an issue is opened
    if dry_run:
        _dry_run(app, at, as_json)
        return
    opened = app.open_due(at)
    tally = Tally()
    try:
        if not no_wait:
            with stopping_in_order() as stop, showing_progress("Delivering") as on_progress:
                tally = app.pump.run(on_progress, stop)
    finally:
        if opened is not None:
            with reading(app.engine) as connection:
                report = issues.report(connection, issues.find(connection, opened.key))
            print_one(report, as_json)
        elif as_json:
            print_json({"status": "nothing due"})
        else:
            say("No issue is due.")
    require_success(tally)


def preview(
    out: Annotated[Path, typer.Option("--out", help="The folder to write to.")],
    for_: Annotated[str | None, typer.Option("--for", help="As this person would get it.")] = None,
    now: NOW_OPTION = None,
    as_json: JSON_OPTION = False,
) -> None:
    """Write the next digest as .eml, .html and .txt; nobody is mailed."""
    app, at = installation(), moment(now)
    who = previews.reader(app, parse_address(for_) if for_ else None)
    rendered = previews.next_digest(app, who, at)
    written = previews.write_files(app, rendered, who, out) if rendered else []
    if rendered:
        for finding in previews.findings(app, rendered, who, at):
            say(str(finding))
    else:
        say("The next digest would be empty: there is nothing new. Nothing was written.")
    subject = rendered.subject if rendered else None
    print_one({"subject": subject, "files": [str(path) for path in written]}, as_json)


def send_test(email: str, now: NOW_OPTION = None, as_json: JSON_OPTION = False) -> None:
    """Send the next digest to one address, marked as a test and counted nowhere."""
    app = installation()
    to = parse_address(email).email
    rendered = previews.next_digest(app, previews.reader(app, None), moment(now), is_test=True)
    if rendered is None:
        raise BadInput(
            "The next digest would be empty.", "Import posts: pinlabs-mailer post import"
        )
    reply = previews.send_test(app, rendered, to)
    print_one({"to": app.settings.only_to or to, "reply": reply}, as_json)


def _dry_run(app: App, at: datetime, as_json: bool) -> None:
    """Say what would be opened and what preflight finds; end as the real run would.

    The sources are not fetched: that would change what is known.
    """
    required("postal_address", app.settings.postal_address)
    slot = app.due_slot(at)
    drawn = app.draft(at)
    with reading(app.engine) as connection:
        known = issues.by_key(connection, slot.key) if slot else None
    is_due = slot is not None and known is None
    findings = preflight.distinct(app.rehearse(slot.key, drawn)[1]) if slot and is_due else []
    editions = [
        {
            "readers": readers,
            "language": edition.locale,
            "posts": [post.title for post in drawn.posts_of(edition)],
        }
        for readers, edition in zip(drawn.readers_of(), drawn.editions, strict=True)
    ]
    document = {
        "due": slot.key if slot and is_due else None,
        "already_opened": slot.key if slot and known else None,
        "readers": len(drawn.subscribers),
        "editions": editions,
        "findings": [one.document() for one in findings],
    }
    if as_json:
        print_json(document)
    else:
        say("Nothing is mailed: this is a dry run.")
        print_one({**document, "findings": [str(one) for one in findings]}, False)
    preflight.require_no_error(findings)
