"""`source`: where items come from."""

from collections.abc import Iterable
from typing import Annotated, Any

import typer

from pinlabs_mailer.app.gathering import Outcome
from pinlabs_mailer.cli.context import (
    JSON_OPTION,
    clock,
    installation,
    print_list,
    print_one,
    say,
)
from pinlabs_mailer.content import roster
from pinlabs_mailer.content.roster import Source
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.db.words import SourceKind
from pinlabs_mailer.errors import BadInput, MailerError

commands = typer.Typer(name="source", help="Where items come from.", no_args_is_help=True)


@commands.command()
def add(
    kind: SourceKind,
    location: Annotated[
        str, typer.Argument(help="A URL, a file or folder, or a job board's short name.")
    ],
    topic: Annotated[
        str | None, typer.Option(help="The topic of its items, instead of that of its kind.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="What to call it.")] = None,
    base: Annotated[
        str | None,
        typer.Option(help="Resolves relative links of a file; events without a page lead there."),
    ] = None,
    select: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PART=CSS",
            help="Of a page: the selector of the card, or within it of the title, link, summary, "
            "image or date.",
        ),
    ] = None,
    as_json: JSON_OPTION = False,
) -> None:
    """Add a source. It is fetched before each digest, and by source fetch."""
    with writing(installation().engine) as connection:
        added = roster.add(
            connection,
            kind,
            location,
            clock(),
            topic_slug=topic,
            name=name,
            base_url=base,
            selectors=_selectors(select or []),
        )
    print_one(_shown(added), as_json)


@commands.command("list")
def list_sources(as_json: JSON_OPTION = False) -> None:
    """List the sources, and how their last reading went."""
    with reading(installation().engine) as connection:
        found = [_shown(one) for one in roster.every(connection)]
    columns = ["name", "kind", "topic", "location", "fetched_at", "failed_at", "failure"]
    print_list(found, as_json, columns)


@commands.command()
def remove(name: str, as_json: JSON_OPTION = False) -> None:
    """Remove a source. Its posts and events stay; its jobs close unless another source has them."""
    with writing(installation().engine) as connection:
        closed = roster.remove(connection, name, clock())
    print_one({"removed": name, "closed": closed}, as_json)


@commands.command()
def fetch(
    name: Annotated[str | None, typer.Argument(help="Only this source.")] = None,
    as_json: JSON_OPTION = False,
) -> None:
    """Fetch from all sources, or from one. One that fails stops no other."""
    app = installation()
    with reading(app.engine) as connection:
        sources = roster.every(connection) if name is None else [roster.find(connection, name)]
    outcomes = app.gatherer.gather(sources)
    _tell(outcomes)
    columns = ["name", "status", "added", "changed", "unchanged", "closed", "refused"]
    print_list(map(_counted, outcomes), as_json, columns)
    failed = [one.source.name for one in outcomes if one.failure]
    if failed:
        raise MailerError(
            f"Sources that failed: {', '.join(failed)}. Nothing closed because of it.",
            "See above why; the others were read.",
        )


def _tell(outcomes: Iterable[Outcome]) -> None:
    for outcome in outcomes:
        where = outcome.source.name
        if outcome.failure:
            say(f"{where}: {outcome.failure}")
        for refused in outcome.refused:
            say(f"{where}: left out: {refused.what}: {refused.why}")
        for noted in outcome.noted:
            say(f"{where}: {noted.what}: {noted.why}")


def _counted(outcome: Outcome) -> dict[str, Any]:
    return {
        "name": outcome.source.name,
        "kind": outcome.source.kind,
        "status": outcome.status,
        **vars(outcome.saved),
        "closed": outcome.closed,
        "refused": len(outcome.refused),
        "failure": outcome.failure.what if outcome.failure else "",
    }


def _shown(source: Source) -> dict[str, Any]:
    shown = {
        name: value for name, value in vars(source).items() if name not in ("mark", "topic_id")
    }
    return shown | {"selectors": dict(source.selectors)}


def _selectors(given: Iterable[str]) -> dict[str, str]:
    selectors = {}
    for one in given:
        part, equals, selector = one.partition("=")
        if not equals:
            raise BadInput(f"{one[:80]!r} is no PART=CSS.", "Write --select card=article")
        selectors[part.strip()] = selector.strip()
    return selectors
