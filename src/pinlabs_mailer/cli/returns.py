"""`returns`: what comes back by mail."""

import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated

import typer

from pinlabs_mailer.app import App
from pinlabs_mailer.cli.context import (
    JSON_OPTION,
    installation,
    print_as_it_comes,
    print_list,
    print_one,
    say,
)
from pinlabs_mailer.cli.progress import telling_every_few_seconds
from pinlabs_mailer.db.engine import reading
from pinlabs_mailer.errors import MailerError, RelayAway
from pinlabs_mailer.feedback import counts, inspecting
from pinlabs_mailer.feedback.intake import imap, maildir, pipe
from pinlabs_mailer.feedback.matching import Match
from pinlabs_mailer.feedback.report import Kind, Report
from pinlabs_mailer.feedback.taking import Act, Taken
from pinlabs_mailer.settings import required

commands = typer.Typer(name="returns", help="What comes back by mail.", no_args_is_help=True)

_GIVEN_BY_SERVERS = ("ORIGINAL_RECIPIENT", "RECIPIENT")
"""Variables in which Postfix's local(8) and Exim say where a piped mail came to."""


@commands.command()
def take(
    source: Annotated[str, typer.Argument(help="- for standard input, or a Maildir.")] = "-",
    to: Annotated[str, typer.Option("--to", help="Where the mail on standard input came to.")] = "",
    as_json: JSON_OPTION = False,
) -> None:
    """Read what came back, and act on it. Letters of people are forwarded to where you answer.

    What is not understood is kept aside: exit code 1.
    """
    app = installation()
    _ = app.engine
    if source == "-":
        _take_one(app, to, as_json)
    else:
        _take_all(app, Path(source), as_json)


@commands.command()
def fetch(as_json: JSON_OPTION = False) -> None:
    """Take what is new in the mailbox of PINLABS_RETURNS_IMAP_URL; nothing in it is deleted.

    `work` and `serve --work` do it every five minutes by themselves.
    """
    app = installation()
    account = required("returns_imap_url", app.settings.returns_imap_url)
    numbers = _all_of(imap.take(app.mailbox_taker, account))
    _say(numbers, as_json)
    _require_nothing_waits(numbers)


@commands.command()
def show(as_json: JSON_OPTION = False) -> None:
    """Show how much came back in each month, by what it was."""
    with reading(installation().engine) as connection:
        found = counts.months(connection)
    print_one({"months": found}, as_json)


@commands.command()
def hook(as_json: JSON_OPTION = False) -> None:
    """Print the secret address to which Amazon SNS posts what SES says; see PINLABS_SES_TOPIC."""
    app = installation()
    required("ses_topic", app.settings.ses_topic)
    base_url = required("base_url", app.settings.base_url)
    print_one({"ses": base_url + app.hooks.path("ses")}, as_json)


@commands.command()
def inspect(
    path: Annotated[Path, typer.Argument(help="A mail, an mbox, a Maildir or a folder of mails.")],
    as_json: JSON_OPTION = False,
) -> None:
    """Show how mails that came back are read. Nothing is acted on, and no database is needed.

    Where there is one, the delivery is named that a mail is about.
    """
    rows = inspecting.inspect(path, _matching(installation()))
    if as_json:
        print_as_it_comes(rows)
    else:
        print_list(rows, False, ("file", "kind", "recipient", "status", "reason", "delivery"))


def _matching(app: App) -> Callable[[Report], int | None] | None:
    """Return what finds the delivery that a report is about, None without an installation."""
    try:
        engine, matcher = app.engine, app.taker.matcher
    except MailerError:
        return None

    def match(report: Report) -> int | None:
        with reading(engine) as connection:
            found = matcher.match(connection, report)
        return found.delivery_id if isinstance(found, Match) else None

    return match


def _take_one(app: App, to: str, as_json: bool) -> None:
    to = to or next((os.environ[name] for name in _GIVEN_BY_SERVERS if name in os.environ), "")
    taken, aside = pipe.take(app.taker, sys.stdin.buffer, to, lambda: app.returns_aside)
    wrong = next((act for act in taken if not act.understood), None)
    if wrong is None:
        told = [_told(act) for act in taken]
        if len(told) == 1:
            print_one(told[0], as_json)
        else:
            print_list(told, as_json, list(told[0]))
        return
    if wrong.outcome == "waiting":
        raise RelayAway("The relay does not take this letter now.", _WAITS)
    kept = f"It is kept in {aside}." if aside else "Nothing was changed."
    raise MailerError(f"{_WRONG[wrong.outcome]} {kept}", _next_step(wrong))


_WRONG = {
    "forged": "What this mail names as ours is not, or it was altered.",
    "unmatched": "This report is about no mail of ours.",
    "unknown": "This mail asks for nothing that can be done here.",
    "too many": "More letters came within an hour than are forwarded.",
}
_WAITS = "Nothing is lost: run it again when the relay answers."


def _next_step(wrong: Act) -> str:
    if wrong.kind is Kind.UNSUBSCRIBE:
        return "The token is cut or not ours: use the whole address from List-Unsubscribe."
    return "Read it; it may be from a person, or about a mail that is long gone."


def _take_all(app: App, folder: Path, as_json: bool) -> None:
    numbers = _all_of(maildir.take(app.taker, folder))
    _say(numbers, as_json)
    if aside := numbers["aside"]:
        raise MailerError(
            f"Mails that were not understood: {aside}. The others were taken.",
            f"They are in {folder / maildir.ASIDE}: read them.",
        )
    _require_nothing_waits(numbers)


def _require_nothing_waits(numbers: Counter[str]) -> None:
    if waiting := numbers["waiting"]:
        raise RelayAway(f"The relay does not take some letters now: {waiting}.", _WAITS)


def _all_of(mails: Iterable[Taken]) -> Counter[str]:
    """Go through mails; return how many there were, and of each kind of report."""
    numbers: Counter[str] = Counter(mails=0)
    tell = telling_every_few_seconds(lambda: f"So far: {_said(numbers)}.")
    for taken in mails:
        numbers["mails"] += 1
        for act in taken:
            numbers[act.kind if act.outcome == "taken" else act.outcome] += 1
        numbers["aside"] += any(act.aside for act in taken)
        tell()
    return numbers


def _say(numbers: Counter[str], as_json: bool) -> None:
    if as_json:
        print_one(numbers, as_json)
    else:
        say(f"Taken: {_said(numbers)}.")


def _said(numbers: Counter[str]) -> str:
    return ", ".join(f"{number} {what}" for what, number in numbers.items() if number) or "nothing"


def _told(act: Act) -> dict[str, object]:
    if act.left is not None:
        return {"kind": act.kind, "left": list(act.left)}
    told = act._asdict()
    del told["left"]
    return told
