"""`post`: what there is to tell, by hand: posts, events and jobs, and the editor's say in them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

import typer
from sqlalchemy import Connection

from pinlabs_mailer import topics
from pinlabs_mailer.cli.context import (
    JSON_OPTION,
    clock,
    installation,
    moment,
    print_list,
    print_one,
    say,
)
from pinlabs_mailer.content import editing, posts
from pinlabs_mailer.content.items import Item, details_json
from pinlabs_mailer.content.reading import read_posts
from pinlabs_mailer.content.sources import files
from pinlabs_mailer.content.vetting import accept
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.db.words import Employment, ItemKind, Workplace
from pinlabs_mailer.errors import BadInput, UsageError

commands = typer.Typer(name="post", help="Posts, events and jobs.", no_args_is_help=True)
TOPIC_OPTION = Annotated[str, typer.Option(help="The topic they belong to.")]
ID_ARGUMENT = Annotated[int, typer.Argument(metavar="ID")]
_TOPICS = {ItemKind.POST: "projects", ItemKind.EVENT: "events", ItemKind.JOB: "jobs"}


@commands.command("import")
def import_posts(
    location: Annotated[str, typer.Argument(metavar="FILE-OR-URL")],
    topic: TOPIC_OPTION = "projects",
    base: Annotated[str | None, typer.Option(help="Resolves relative links.")] = None,
    as_json: JSON_OPTION = False,
) -> None:
    """Import from a JSON Feed, RSS, Atom, or a page that lists cards. Twice does no harm."""
    app = installation()
    with reading(app.engine) as connection:
        topics.joinable(connection, [topic])
    found = read_posts(location, base_url=base, allow_private=app.settings.fetch_private)
    with writing(app.engine) as connection:
        [chosen] = topics.joinable(connection, [topic])
        saved = posts.save(connection, chosen.id, found.items, clock())
    for refused in found.refused:
        say(f"Left out: {refused.what}: {refused.why}")
    counts = {"added": saved.added, "changed": saved.changed, "unchanged": saved.unchanged}
    print_one({**counts, "refused": [vars(one) for one in found.refused]}, as_json)


@commands.command()
def add(
    url: Annotated[str, typer.Option(help="Where it is on the web.")],
    title: Annotated[str, typer.Option()],
    summary: Annotated[str, typer.Option()] = "",
    image: Annotated[str, typer.Option(help="The address of a picture.")] = "",
    image_alt: Annotated[str, typer.Option(help="What the picture shows.")] = "",
    date: Annotated[str | None, typer.Option(help="When it was published, ISO 8601.")] = None,
    kind: Annotated[
        ItemKind | None, typer.Option(help="What it is; with --starts an event, else a post.")
    ] = None,
    starts: Annotated[str, typer.Option(help="Of an event: a time or a day, ISO 8601.")] = "",
    ends: Annotated[str, typer.Option(help="Of an event: a time or its last day.")] = "",
    zone: Annotated[
        str, typer.Option(help="Of an event: its time zone, such as Europe/Berlin.")
    ] = "",
    place: Annotated[str, typer.Option(help="Of an event.")] = "",
    online: Annotated[str, typer.Option(help="Of an event: where to take part online.")] = "",
    department: Annotated[str, typer.Option(help="Of a job.")] = "",
    team: Annotated[str, typer.Option(help="Of a job.")] = "",
    location: Annotated[list[str] | None, typer.Option(help="Of a job; repeat it.")] = None,
    workplace: Annotated[Workplace | None, typer.Option(help="Of a job.")] = None,
    employment: Annotated[Employment | None, typer.Option(help="Of a job.")] = None,
    apply: Annotated[str, typer.Option(help="Of a job: where to apply.")] = "",
    closes: Annotated[str, typer.Option(help="Of a job: the last day to apply.")] = "",
    topic: Annotated[
        str | None, typer.Option(help="Instead of projects, events or jobs, by its kind.")
    ] = None,
    as_json: JSON_OPTION = False,
) -> None:
    """Add one post, event or job by hand. No source changes its title and summary."""
    app = installation()
    stated = {
        "url": url, "title": title, "summary": summary, "image": image, "image_alt": image_alt,
        "kind": kind, "starts": starts, "ends": ends, "zone": zone, "place": place,
        "online": online, "department": department, "team": team, "locations": location or [],
        "workplace": workplace or "", "employment": employment or "",
        "apply": apply, "closes": closes,
    }  # fmt: skip
    published = moment(date) if date else None
    try:
        draft = replace(files.draft(stated), published_at=published)
        found = accept(draft, None, app.settings.timezone, say)
    except BadInput as error:
        raise BadInput(f"It cannot be added: {error.what}.", error.next_step) from error
    _require_its_own(found.kind, stated)
    with writing(app.engine) as connection:
        [chosen] = topics.joinable(connection, [topic or _TOPICS[found.kind]])
        saved = posts.save(connection, chosen.id, [found], clock(), by_hand=True)
    print_one({"added": saved.added, "changed": saved.changed}, as_json)


@commands.command("list")
def list_posts(
    limit: Annotated[int, typer.Option(min=1, max=100_000)] = 100, as_json: JSON_OPTION = False
) -> None:
    """List the items of all kinds, the newest first."""
    with reading(installation().engine) as connection:
        found = [_shown(one) for one in posts.list_posts(connection, limit)]
    columns = ["id", "kind", "topic", "pinned", "published_at", "first_seen_at", "title"]
    print_list(found, as_json, columns)


@commands.command()
def show(item: ID_ARGUMENT, as_json: JSON_OPTION = False) -> None:
    """Show one item, and the sources that have it: the first of them has the say."""
    with reading(installation().engine) as connection:
        _print(connection, item, as_json)


@commands.command()
def pin(
    item: ID_ARGUMENT,
    at: Annotated[int | None, typer.Option(min=1, help="Its place among the pinned.")] = None,
    off: Annotated[bool, typer.Option("--off", help="Let it stand where it belongs.")] = False,
    as_json: JSON_OPTION = False,
) -> None:
    """Pin an item to the top of every issue it is in, or move it there."""
    with writing(installation().engine) as connection:
        if off:
            editing.unpin(connection, item)
        else:
            editing.pin(connection, item, at)
        _print(connection, item, as_json)


@commands.command()
def skip(
    item: ID_ARGUMENT,
    undo: Annotated[bool, typer.Option("--undo", help="Let it be told again.")] = False,
    as_json: JSON_OPTION = False,
) -> None:
    """Take an item out of every issue to come, for good."""
    with writing(installation().engine) as connection:
        if undo:
            editing.unskip(connection, item)
        else:
            editing.skip(connection, item, clock())
        _print(connection, item, as_json)


@commands.command()
def edit(
    item: ID_ARGUMENT,
    title: Annotated[str | None, typer.Option()] = None,
    summary: Annotated[str | None, typer.Option()] = None,
    as_json: JSON_OPTION = False,
) -> None:
    """Put an item into other words. They stay when it is fetched again, and make nothing new."""
    with writing(installation().engine) as connection:
        editing.edit(connection, item, clock(), title=title, summary=summary)
        _print(connection, item, as_json)


def _require_its_own(kind: ItemKind, stated: Mapping[str, object]) -> None:
    """Raise UsageError for what only another kind of item has: it would be lost without a word."""
    for of, names in _ONLY_OF.items():
        stray = [name for name in names if stated[name]]
        if of is not kind and stray:
            raise UsageError(
                f"This is a {kind}; --{_OPTIONS.get(stray[0], stray[0])} is only for {of}s.",
                f"Leave it out, or say --kind {of}.",
            )


_OPTIONS = {"locations": "location"}
_ONLY_OF = {
    ItemKind.EVENT: ("starts", "ends", "zone", "place", "online"),
    ItemKind.JOB: ("department", "team", "locations", "workplace", "employment", "apply", "closes"),
}


def _print(connection: Connection, item_id: int, as_json: bool) -> None:
    shown = _shown(posts.find(connection, item_id))
    print_one(shown | posts.circumstances(connection, item_id), as_json)


def _shown(one: Item) -> dict[str, Any]:
    return {**vars(one), "details": details_json(one.details)}
