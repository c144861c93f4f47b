"""`lint`: mails measured before anybody gets them."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from pinlabs_mailer.app import linting
from pinlabs_mailer.app.linting import Linted
from pinlabs_mailer.cli.context import (
    JSON_OPTION,
    NOW_OPTION,
    installation,
    moment,
    print_json,
    read_settings,
    say,
)
from pinlabs_mailer.cli.streams import printing
from pinlabs_mailer.errors import BadInput, MailerError
from pinlabs_mailer.mail.preflight.reading import LIMIT


def lint(
    file: Annotated[
        str | None, typer.Argument(metavar="[FILE]", help="- for standard input.")
    ] = None,
    now: NOW_OPTION = None,
    as_json: JSON_OPTION = False,
) -> None:
    """Check a mail, or the next digest and every other mail of ours. Exit code 1 for an error."""
    if file is not None:
        linted = [linting.file(read_settings(), file, _read(file))]
    else:
        linted = list(linting.own(installation(), moment(now)))
    if as_json:
        print_json({"items": [one.document() for one in linted]})
    else:
        _print(linted)
    errors = sum(one.errors for one in linted)
    if errors:
        raise MailerError(
            f"Errors that would stop an issue: {errors}.",
            "docs/deliverability.md says of each rule what it asks.",
        )


def _print(linted: list[Linted]) -> None:
    with printing():
        for one in linted:
            for finding in one.findings:
                print(f"{one.name}: {finding}")
            if one.spam is not None:
                print(f"{one.name}: SpamAssassin gives it {one.spam.score}.")
    clean = sum(not one.findings for one in linted)
    say(f"Mails checked: {len(linted)}. Nothing to say about: {clean}.")


def _read(file: str) -> bytes:
    try:
        if file == "-":
            raw = sys.stdin.buffer.read(LIMIT + 1)
        else:
            with Path(file).open("rb") as opened:
                raw = opened.read(LIMIT + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "its name is none"
        raise BadInput(
            f"{file[:200]!a} cannot be read: {reason}.", "Name a file with one mail."
        ) from error
    if not raw.strip():
        raise BadInput(f"{file[:200]!a} holds nothing.", "Name a file with one mail.")
    return raw
