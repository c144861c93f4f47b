"""`python -m benchmarks.rendering`: what an edition of 12 items costs, from its items to its bytes.

Editions are written one after the other, each another choice of the sample items, as a sender does
when many people have a search of their own. Prints CPU for the first one, which fills what is kept,
and for those after it: rendering, encoding, and both.
"""

import argparse
import random
import statistics
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from benchmarks.__main__ import line
from benchmarks.retention import app_of
from pinlabs_mailer import languages
from pinlabs_mailer.content.found import FoundItem
from pinlabs_mailer.content.items import Item
from pinlabs_mailer.demo import samples
from pinlabs_mailer.digest import letter

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
SITE = "https://pinlabs.example"
POSTS = 7
"""Beside the two sample events and the three jobs: 12 items."""


class Cost(NamedTuple):
    """Milliseconds of CPU for one edition, and how long its HTML is."""

    rendering: float
    encoding: float
    html: int


def main() -> None:
    """Write editions and print the medians."""
    parser = argparse.ArgumentParser(prog="benchmarks.rendering")
    parser.add_argument("--editions", type=int, default=2_000)
    chosen = parser.parse_args()
    first, *others = costs(chosen.editions)
    rendering = statistics.median(one.rendering for one in others)
    encoding = statistics.median(one.encoding for one in others)
    both = statistics.median(one.rendering + one.encoding for one in others)
    line(
        "an edition of 12 items, ms of CPU: rendering, encoding",
        f"{rendering:.2f}",
        f"{encoding:.2f}",
    )
    line("both", f"{both:.2f}")
    line("the first", f"{first.rendering + first.encoding:.1f}")
    line("kB of HTML", f"{first.html / 1000:.1f}")


def costs(number: int) -> Iterator[Cost]:
    """Yield what each of so many editions cost."""
    app = app_of("sqlite:///:memory:")
    language, zone = languages.named(), app.settings.timezone
    for place, items in enumerate(choices(number)):
        heading = letter.Heading(
            "2026-11-24", NOW.date(), view_url=f"{SITE}/view/{place}", more_jobs=place % 7
        )
        began = time.process_time_ns()
        rendered = letter.render(app.templates, app.masthead, heading, items, zone, language)
        written = time.process_time_ns()
        letter.prepared(app.masthead, rendered)
        ended = time.process_time_ns()
        yield Cost((written - began) / 1e6, (ended - written) / 1e6, len(rendered.html.encode()))


def choices(number: int) -> Iterator[list[Item]]:
    """Yield choices of 12 items in the order of a digest."""
    dice = random.Random(1)
    posts = [an_item(n, one) for n, one in enumerate(samples.posts(NOW, SITE), start=1)]
    told = [*samples.events(NOW, SITE), *samples.jobs(NOW, SITE)]
    others = [an_item(n, one) for n, one in enumerate(told, start=100)]
    for _ in range(number):
        yield [*dice.sample(posts, POSTS), *others]


def an_item(number: int, found: FoundItem) -> Item:
    """Return an item as the store has it."""
    return Item(
        number, 1, "projects", found.url, found.title, found.summary, found.image_url,
        found.image_alt, found.published_at, NOW, found.kind, found.ends_at, found.details,
    )  # fmt: skip


if __name__ == "__main__":
    main()
