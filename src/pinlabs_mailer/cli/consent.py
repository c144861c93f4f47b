"""`consent`: whether the record of consent holds, and what it proves."""

from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from pinlabs_mailer.app.proof import write_proof
from pinlabs_mailer.cli.context import (
    JSON_OPTION,
    installation,
    print_json,
    print_list,
    print_one,
    say,
)
from pinlabs_mailer.community.address import parse_address
from pinlabs_mailer.community.audit import Tally, audit
from pinlabs_mailer.db.engine import reading
from pinlabs_mailer.errors import MailerError

commands = typer.Typer(name="consent", help="The record of consent.", no_args_is_help=True)
SHOWN = 1_000
"""Faults that are printed; all are counted."""


@commands.command()
def verify(as_json: JSON_OPTION = False) -> None:
    """Check every person's chain of events, and that subscriptions follow from them.

    Exit code 1 when something is wrong; each fault is listed, up to 1000 of them.
    """
    app = installation()
    tally = Tally()
    with reading(app.engine) as connection:
        going = audit(connection, app.notary, tally)
        listed = [one._asdict() for one in islice(going, SHOWN)]
        faults = len(listed) + sum(1 for _ in going)
    if as_json:
        print_json({**vars(tally), "faults": faults, "items": listed})
    elif listed:
        print_list(
            listed, False, ["subscriber_id", "email", "event", "topic", "wording_id", "fault"]
        )
    say(f"Looked at {tally.events} events of {tally.people} people.")
    if tally.before_chain:
        say(f"From before there was a chain: {tally.before_chain}.")
    if faults:
        raise MailerError(
            f"Faults in the consent record: {faults}.",
            "See one person's events with pinlabs-mailer consent proof EMAIL --out DIR, "
            "and compare with a backup.",
        )


@commands.command()
def proof(
    email: str,
    out: Annotated[Path, typer.Option(help="The folder to write to.")],
    as_json: JSON_OPTION = False,
) -> None:
    """Write all that is recorded of a person's consent, for a lawyer: HTML and JSON.

    Exit code 1 when the chain does not verify; the files say what is wrong.
    """
    written, verified = write_proof(installation(), parse_address(email), out)
    print_one({"files": [str(path) for path in written], "verified": verified}, as_json)
    if not verified:
        raise MailerError(
            "The chain of this person's events does not verify.", "The files say why."
        )
