"""`python -m benchmarks.picking`: who gets what, for a million people with thirteen issues behind.

Two runs: 50 candidates and three topics in any combination; and 2,000 open jobs, with 100,000 of
the people looking for jobs of their own, each with an edition of their own in every past issue.
Prints seconds of CPU, of the clock, and the peak memory of the process that picks; both runs pick
only and write nothing. `--people N` and `--searches N` change the size, `--database URL` the place.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Table

from benchmarks.__main__ import line
from benchmarks.retention import app_of, peak
from pinlabs_mailer.app import App
from pinlabs_mailer.content.items import Event, Job, details_json
from pinlabs_mailer.db import schema, tables
from pinlabs_mailer.db.bulk import insert_rows, loading
from pinlabs_mailer.db.engine import writing
from pinlabs_mailer.db.words import Employment, ItemKind, Workplace

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ISSUES = 13
COMBINATIONS = [[topic for topic in (1, 2, 3) if bits & 1 << topic - 1] for bits in range(1, 8)]
KINDS = [ItemKind.POST, ItemKind.EVENT, ItemKind.JOB]
DEPARTMENTS = [f"Department {chr(65 + n)}" for n in range(20)]
CITIES = [f"City {chr(65 + n)}, Country {chr(65 + n % 5)}" for n in range(26)]
SKILLS = [f"skill{n}" for n in range(300)]


def main() -> None:
    """Fill a database for each run, and measure in a process of its own."""
    parser = argparse.ArgumentParser(prog="benchmarks.picking")
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--searches", type=int, default=100_000)
    parser.add_argument("--database", metavar="URL", help="an empty one; then only one run")
    parser.add_argument("--run", choices=("topics", "searches"), action="append")
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.measure:
        print(json.dumps(measure(chosen.database)))
        return
    for run in chosen.run or ("topics", "searches"):
        with tempfile.TemporaryDirectory() as folder:
            url = chosen.database or f"sqlite:///{folder}/a.db"
            with closing(app_of(url)) as app:
                searches, jobs = (chosen.searches, 2_000) if run == "searches" else (0, 17)
                fill(app, chosen.people, searches, jobs)
            command = [sys.executable, "-m", "benchmarks.picking", "--measure", "--database", url]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            seen = json.loads(done.stdout)
        line(f"{run}: seconds of CPU, of the clock", f"{seen['cpu']:.1f}", f"{seen['clock']:.1f}")
        line(f"{run}: peak memory in MB", f"{seen['mb']} ({seen['before']} before)")
        line(f"{run}: readers, editions", str(seen["readers"]), str(seen["editions"]))


def measure(url: str) -> dict[str, Any]:
    """Pick for everybody once and return what it took."""
    with closing(app_of(url)) as app:
        app.clock = lambda: NOW
        before = peak()
        began, cpu = time.perf_counter(), time.process_time()
        drawn = app.draft(NOW)
        return {
            "cpu": time.process_time() - cpu,
            "clock": time.perf_counter() - began,
            "mb": peak(),
            "before": before,
            "readers": len(drawn.subscribers),
            "editions": len(drawn.editions),
        }


def fill(app: App, people: int, searches: int, jobs: int) -> None:
    """Set the database up with people, items, and the issues that told them of some."""
    dice = random.Random(1)
    schema.upgrade(app.bare_engine, NOW - timedelta(days=400))
    every = people // searches if searches else 0
    with loading(app.engine):
        put(app, tables.subscriber, a_person, range(1, people + 1))
        put(app, tables.subscription, a_subscription, subscribed(people))
        put(app, tables.item, lambda n: an_item(n, dice), range(1, 33 + jobs + 1))
        if every:
            put(
                app,
                tables.saved_search,
                lambda n: a_search(n, dice),
                range(every, people + 1, every),
            )
        for number in range(1, ISSUES + 1):
            tell(app, number, people, every, jobs, dice)


def put(app: App, table: Table, row: Any, some: Any) -> None:
    """Insert a row for each of some, many in a transaction."""
    rows = (row(one) for one in some)
    names: tuple[str, ...] = ()
    while made := list(islice(rows, 50_000)):
        names = tuple(made[0])
        with writing(app.engine) as connection:
            insert_rows(connection, table, names, [tuple(one.values()) for one in made])


def a_person(number: int) -> dict[str, Any]:
    """Return somebody."""
    email = f"reader{number}@example.net"
    then = NOW - timedelta(days=300)
    return {
        "id": number, "reference": f"r{number:011}", "email": email, "email_key": email,
        "created_at": then,
    }  # fmt: skip


def subscribed(people: int) -> Iterator[tuple[int, int]]:
    """Yield person and topic, the topics in every combination."""
    for number in range(1, people + 1):
        for topic in COMBINATIONS[number % 7]:
            yield number, topic


def a_subscription(one: tuple[int, int]) -> dict[str, Any]:
    """Return a confirmed subscription; no two people confirmed at the same moment."""
    then = NOW - timedelta(days=300) + timedelta(seconds=one[0])
    return {
        "subscriber_id": one[0], "topic_id": one[1], "status": "confirmed", "confirmed_at": then,
        "term_since": then,
    }  # fmt: skip


def an_item(number: int, dice: random.Random) -> dict[str, Any]:
    """Return a post, an event or, from number 34 on, a job."""
    kind = KINDS[2 if number > 33 else number % 2]
    details: Event | Job | None = None
    if kind is ItemKind.EVENT:
        details = Event(NOW + timedelta(days=number), place=dice.choice(CITIES))
    elif kind is ItemKind.JOB:
        details = Job(
            dice.choice(DEPARTMENTS), "", (dice.choice(CITIES),),
            dice.choice([*Workplace]), dice.choice([*Employment]),
        )  # fmt: skip
    stored = details_json(details)
    return {
        "id": number, "topic_id": KINDS.index(kind) + 1, "url_key": f"{number:064}",
        "url": f"https://pinlabs.example/{number}", "title": f"Item {number} {dice.choice(SKILLS)}",
        "summary": " ".join(dice.choices(SKILLS, k=25)), "first_seen_at": NOW - timedelta(days=85),
        "kind": kind.value, "details": json.dumps(stored) if stored else None,
    }  # fmt: skip


def a_search(number: int, dice: random.Random) -> dict[str, Any]:
    """Return a search that some of the jobs meet."""
    return {
        "subscriber_id": number,
        "departments": json.dumps(dice.sample(DEPARTMENTS, dice.randrange(6))),
        "locations": json.dumps([*dice.sample(CITIES, dice.randrange(8)), "remote"]),
        "employments": json.dumps([]),
        "words": json.dumps(dice.sample(SKILLS, 3)),
        "saved_at": NOW,
    }


def tell(app: App, issue: int, people: int, every: int, jobs: int, dice: random.Random) -> None:
    """Make a past issue: an edition for each combination, and one for each who searches."""
    at = NOW - timedelta(weeks=ISSUES + 1 - issue) + timedelta(days=6)
    told = {1: [issue * 2], 2: [issue * 2 + 1], 3: [34 + issue]}
    alone = range(every, people + 1, every) if every else range(0)
    first = 10 * issue if not every else issue * 10_000_000
    own = {number: first + 10 + place for place, number in enumerate(alone)}
    put(app, tables.issue, lambda _: {
        "id": issue, "key": str(issue), "status": "sent", "as_of": at, "opened_at": at,
    }, [0])  # fmt: skip

    def shown(edition: int) -> list[int]:
        if edition - first < 7:
            return [one for topic in COMBINATIONS[edition - first] for one in told[topic]]
        return [34 + dice.randrange(jobs) for _ in range(10)]

    def an_edition(edition: int) -> dict[str, Any]:
        return {
            "id": edition, "issue_id": issue, "item_ids": json.dumps(shown(edition)),
            "digest": str(edition),
        }  # fmt: skip

    editions = [*range(first, first + 7), *own.values()]
    put(app, tables.edition, an_edition, editions)
    put(app, tables.edition_topic, lambda one: {"edition_id": one[0], "topic_id": one[1]}, [
        (edition, topic)
        for edition in editions
        for topic in (COMBINATIONS[edition - first] if edition - first < 7 else [3])
    ])  # fmt: skip
    put(app, tables.issue_item, lambda item: {
        "issue_id": issue, "item_id": item, "position": item, "snapshot": "{}",
    }, sorted({one for some in told.values() for one in some}))  # fmt: skip
    put(app, tables.delivery, lambda number: {
        "kind": "digest", "dedupe_key": f"digest:{issue}:{number:010x}", "subscriber_id": number,
        "issue_id": issue, "edition_id": own.get(number, first + number % 7),
        "status": "failed" if number % 50 == issue else "accepted",
        "created_at": at, "not_before": at, "finished_at": at,
    }, range(1, people + 1))  # fmt: skip


if __name__ == "__main__":
    main()
