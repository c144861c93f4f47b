"""`post`: the project posts."""

from datetime import datetime
from typing import Annotated

import typer

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
from pinlabs_mailer.content import posts
from pinlabs_mailer.content.reading import read_posts
from pinlabs_mailer.content.vetting import Draft, accept
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.errors import BadInput

commands = typer.Typer(name="post", help="Project posts.", no_args_is_help=True)
TOPIC_OPTION = Annotated[str, typer.Option(help="The topic they belong to.")]


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
        topics.named(connection, [topic])
    found = read_posts(location, base_url=base, allow_private=app.settings.fetch_private)
    with writing(app.engine) as connection:
        [chosen] = topics.named(connection, [topic])
        saved = posts.save(connection, chosen.id, found.posts, clock())
    for refused in found.refused:
        say(f"Left out: {refused.what}: {refused.why}")
    counts = {"added": saved.added, "changed": saved.changed, "unchanged": saved.unchanged}
    print_one({**counts, "refused": [vars(one) for one in found.refused]}, as_json)


@commands.command()
def add(
    url: Annotated[str, typer.Option(help="Where the post is.")],
    title: Annotated[str, typer.Option()],
    summary: Annotated[str, typer.Option()] = "",
    image: Annotated[str, typer.Option(help="The address of a picture.")] = "",
    image_alt: Annotated[str, typer.Option(help="What the picture shows.")] = "",
    date: Annotated[str | None, typer.Option(help="When it was published, ISO 8601.")] = None,
    topic: TOPIC_OPTION = "projects",
    as_json: JSON_OPTION = False,
) -> None:
    """Add one post by hand."""
    published: datetime | None = moment(date) if date else None
    try:
        found = accept(Draft(url, title, summary, "", image, image_alt, published), None)
    except BadInput as error:
        raise BadInput(f"The post cannot be added: {error.what}.", error.next_step) from error
    with writing(installation().engine) as connection:
        [chosen] = topics.named(connection, [topic])
        saved = posts.save(connection, chosen.id, [found], clock())
    print_one({"added": saved.added, "changed": saved.changed}, as_json)


@commands.command("list")
def list_posts(
    limit: Annotated[int, typer.Option(min=1, max=100_000)] = 100, as_json: JSON_OPTION = False
) -> None:
    """List the posts, the newest first."""
    with reading(installation().engine) as connection:
        found = [vars(one) for one in posts.list_posts(connection, limit)]
    print_list(found, as_json, ["id", "topic", "published_at", "first_seen_at", "title"])


@commands.command()
def show(post: int, as_json: JSON_OPTION = False) -> None:
    """Show one post."""
    with reading(installation().engine) as connection:
        found = posts.find(connection, post)
    print_one(vars(found), as_json)
