"""`import` and `export`: people in and out as CSV."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from pinlabs_mailer import topics
from pinlabs_mailer.cli.context import JSON_OPTION, clock, installation, print_one
from pinlabs_mailer.cli.progress import showing_share
from pinlabs_mailer.cli.stopping import stopping_in_order
from pinlabs_mailer.cli.streams import printing
from pinlabs_mailer.community.consent import Circumstances
from pinlabs_mailer.db.engine import reading
from pinlabs_mailer.db.words import Actor
from pinlabs_mailer.errors import BadInput, MailerError
from pinlabs_mailer.transfer import exporting, importing
from pinlabs_mailer.transfer.chunk import Order
from pinlabs_mailer.transfer.columns import parse_mapping
from pinlabs_mailer.transfer.person import Terms
from pinlabs_mailer.transfer.private_file import written
from pinlabs_mailer.transfer.report import Report
from pinlabs_mailer.transfer.stated import Stated


def import_people(
    file: Path,
    product: Annotated[
        str, typer.Option("--from", help="Whose export it is: own, listmonk or mailchimp.")
    ] = "own",
    header: Annotated[
        list[str] | None,
        typer.Option("--map", help="FIELD=HEADER: what a column is called. Can be repeated."),
    ] = None,
    topic: Annotated[
        list[str] | None, typer.Option("--topic", help="For rows that name none. Can be repeated.")
    ] = None,
    evidence: Annotated[
        str, typer.Option(help="How consent is known, for rows with a date and no evidence.")
    ] = "",
    encoding: Annotated[
        str | None, typer.Option(help="If it is neither UTF-8 nor UTF-16 with a mark.")
    ] = None,
    send_confirmations: Annotated[
        bool, typer.Option("--send-confirmations", help="Ask those who are pending to confirm.")
    ] = False,
    report: Annotated[
        Path | None, typer.Option(help="Where to write what was left out, and why.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check and report, and change nothing.")
    ] = False,
    as_json: JSON_OPTION = False,
) -> None:
    """Import people from a CSV with a header. Twice does no harm.

    With consented_at and evidence they are confirmed, else pending. Nobody comes back who has
    withdrawn, is suppressed or erased.
    """
    if product not in importing.FORMS:
        raise BadInput(
            f"{product[:40]!a} is no form of file that is known.",
            f"Write one of: {', '.join(importing.FORMS)}.",
        )
    app = installation()
    with reading(app.engine) as connection:
        chosen = tuple(one.slug for one in topics.joinable(connection, topic or ["projects"]))
        slugs = {one.slug: one.id for one in topics.offered(connection)}
    mapping = parse_mapping(header or [], Stated._fields)
    source = importing.open_source(file, product, mapping, encoding)
    now = clock()
    how = Circumstances(now, f"import of {file.name}", Actor.OPERATOR, app.notary)
    order = Order(how, app.limits, send_confirmations, dry_run)
    place = report or file.with_name(f"{file.name}.report.csv")
    with (
        source.text.file,
        stopping_in_order() as stop,
        showing_share("Importing") as show,
        written(place) as reported,
    ):

        def progress(done: int, total: int) -> bool:
            show(done, total)
            return not stop.is_set()

        terms = Terms(now, slugs, chosen, evidence)
        summary = importing.run(app.engine, source, terms, order, Report(reported), progress)
    print_one({**summary.as_numbers(), "report": str(place), "dry_run": dry_run}, as_json)
    if summary.not_taken:
        raise MailerError(
            f"Rows that were not taken in: {summary.not_taken} of {summary.rows}.",
            f"See why: {place}",
        )


def export_people(
    file: Annotated[str, typer.Argument(help="A file, or - for standard output.")],
    as_json: JSON_OPTION = False,
) -> None:
    """Export everybody with where they stand, as a CSV that `import` reads."""
    app = installation()
    if file == "-":
        with reading(app.engine) as connection, printing():
            sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
            exporting.write(connection, sys.stdout)
        return
    with written(Path(file)) as place, reading(app.engine) as connection:
        rows = exporting.write(connection, place)
    print_one({"rows": rows, "file": file}, as_json)
