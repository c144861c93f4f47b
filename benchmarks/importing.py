"""How fast people are imported, the whole path with all checks, and how long others must wait.

    python -m benchmarks.importing [ROWS] [--postgresql URL]

Each row is a new person with consent evidence. While SQLite is filled, a second process asks
to write again and again, as somebody does who unsubscribes: the longest it waited is printed.
"""

import argparse
import random
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pinlabs_mailer import settings
from pinlabs_mailer.app import App
from pinlabs_mailer.db import schema

KEY = "a key for benchmarks that is long enough"
NAMES = ("Ada", "Grace", "Zoë", "Jürgen", "Linus", "Barbara", "Edsger", "Radia")


def write_file(path: Path, rows: int) -> None:
    """Write a file of the form that `export` has, its addresses in no order."""
    chance = random.Random(1)
    began = datetime(2020, 1, 1, tzinfo=UTC)
    with path.open("w", encoding="utf-8") as file:
        file.write("email,name,locale,timezone,frequency,topics,consented_at,evidence\n")
        for number in range(rows):
            key = chance.getrandbits(40)
            when = (began + timedelta(seconds=chance.randrange(10**8))).isoformat()
            file.write(
                f"Reader.{key:x}@mail{number % 50}.example.org,"
                f"{chance.choice(NAMES)} {number},de,Europe/Berlin,weekly,projects,{when},"
                f"web form {number % 7}\n"
            )


def measure(url: str, file: Path, rows: int) -> tuple[float, float]:
    """Import the file with the program itself; return the seconds and its peak memory in MB."""
    given = {"database_url": url, "secret_keys": KEY}
    app = App(settings.load({}, None, **given), lambda: datetime.now(UTC))
    schema.upgrade(app.bare_engine, app.clock())
    app.close()
    environment = {f"PINLABS_{name.upper()}": value for name, value in given.items()}
    command = [sys.executable, "-m", "pinlabs_mailer", "import", str(file), "--json"]
    began = time.perf_counter()
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    seconds = time.perf_counter() - began
    assert f'"added": {rows}' in done.stdout, done.stdout
    return seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


WAIT = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], timeout=30, isolation_level=None)
waits = []
try:
    while True:
        began = time.perf_counter()
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")
        waits.append(time.perf_counter() - began)
        time.sleep(0.05)
except KeyboardInterrupt:
    waits.sort()
    print(*(f"{waits[int(len(waits) * share)] * 1000:.0f}" for share in (0.5, 0.99, 0.9999)))
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="benchmarks.importing")
    parser.add_argument("rows", type=int, nargs="?", default=1_000_000)
    parser.add_argument("--postgresql", metavar="URL", help="an empty database")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "people.csv"
        write_file(file, chosen.rows)
        urls = {"SQLite": f"sqlite:///{folder}/people.db"}
        if chosen.postgresql:
            urls["PostgreSQL"] = chosen.postgresql
        for name, url in urls.items():
            seconds, memory = measure(url, file, chosen.rows)
            rate = chosen.rows / seconds
            print(f"| {name} | {rate:.0f} rows/s | {seconds:.1f} s | {memory:.0f} MB |", flush=True)


if __name__ == "__main__":
    main()
