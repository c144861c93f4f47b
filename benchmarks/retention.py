"""`python -m benchmarks.retention`: the job of retention over a million people, 10,000 of them due.

Prints how long a dry run takes and its peak memory, and for the run itself the longest time that
another writer had to wait. `--people N` and `--due N` change the size, `--database URL` the place.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import text

from benchmarks.__main__ import line
from benchmarks.fill import GIVEN, fill
from pinlabs_mailer import settings
from pinlabs_mailer.app import App, retention
from pinlabs_mailer.db.engine import writing


def main() -> None:
    """Fill a database, and measure each run in a process of its own."""
    parser = argparse.ArgumentParser(prog="benchmarks.retention")
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--due", type=int, default=10_000)
    parser.add_argument("--database", metavar="URL", help="an empty one")
    parser.add_argument("--measure", choices=("dry", "real"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.measure:
        print(json.dumps(measure(chosen.database, chosen.measure == "dry")))
        return
    with tempfile.TemporaryDirectory() as folder:
        url = chosen.database or f"sqlite:///{folder}/a.db"
        with closing(app_of(url)) as app:
            fill(app, chosen.people, app.clock())
            make_due(app, chosen.people, chosen.due)
        for how in ("dry", "real"):
            command = [sys.executable, "-m", "benchmarks.retention"]
            command += ["--database", url, "--measure", how]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            seen = json.loads(done.stdout)
            line(
                f"{how} run, seconds, peak memory in MB", f"{seen['seconds']:.2f}", f"{seen['mb']}"
            )
            line(f"{how} run, what it found", str(seen["found"]))
            if how == "real":
                line("longest wait of another writer, ms", f"{seen['wait'] * 1000:.0f}")


def app_of(url: str) -> App:
    """Return the installation that is measured."""
    return App(settings.load({}, None, **GIVEN, database_url=url), lambda: datetime.now(UTC))


def make_due(app: App, people: int, due: int) -> None:
    """Put some people, spread over all, to where their reminder is due."""
    then = app.clock() - timedelta(days=715)
    with writing(app.engine) as connection:
        statement = text(
            "UPDATE subscription SET term_since = :then, confirmed_at = :then"
            " WHERE subscriber_id % :every = 0"
        )
        moment = then.replace(tzinfo=None) if app.engine.dialect.name == "sqlite" else then
        connection.execute(statement, {"then": str(moment), "every": max(people // due, 1)})


def measure(url: str, dry: bool) -> dict[str, object]:
    """Run the job once and return what it took."""
    with closing(app_of(url)) as app:
        before = peak()
        began = time.perf_counter()
        with writing_beside(app, not dry) as waits:
            report = retention.run(app, dry=dry)
        seconds = time.perf_counter() - began
    return {
        "seconds": seconds,
        "mb": f"{peak()} ({before} before)",
        "found": {what: number for what, number in report.numbers().items() if number},
        "wait": max(waits, default=0.0),
    }


def peak() -> int:
    """Return the most memory that this process had, in MB. What getrusage says is inherited."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(row.split()[1]) >> 10 for row in status.splitlines() if "VmHWM" in row)


@contextmanager
def writing_beside(app: App, really: bool) -> Iterator[list[float]]:
    """Write something small again and again, and yield how long each took."""
    waits: list[float] = []
    stop = threading.Event()

    def write() -> None:
        while not stop.wait(0.005):
            began = time.perf_counter()
            with writing(app.engine) as connection:
                connection.execute(text("UPDATE topic SET description = '' WHERE id = 1"))
            waits.append(time.perf_counter() - began)

    thread = threading.Thread(target=write)
    if really:
        thread.start()
    try:
        yield waits
    finally:
        stop.set()
        if really:
            thread.join()


if __name__ == "__main__":
    main()
