"""How fast people are imported, the whole path with all checks, and how long others must wait.

    python -m benchmarks.importing [ROWS] [--postgresql URL]

Each row is a new person with consent evidence, the addresses in no order. While SQLite is filled,
another process asks to write again and again, as somebody does who unsubscribes, and tells how
long it waited. The time of the processor says more than the rate when the machine has other work.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from pinlabs_mailer.db import schema
from pinlabs_mailer.db.engine import open_engine

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


class Cost(NamedTuple):
    """What an import took."""

    seconds: float
    cpu: float
    memory_mb: float


def measure(url: str, file: Path, rows: int) -> Cost:
    """Import the file with the program itself."""
    given = {"database_url": url, "secret_keys": KEY}
    environment = {f"PINLABS_{name.upper()}": value for name, value in given.items()}
    command = [sys.executable, "-m", "pinlabs_mailer", "import", str(file), "--json"]
    began = time.perf_counter()
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        told = process.stdout.read()
        _, _, used = os.wait4(process.pid, 0)
        process.returncode = 0
    seconds = time.perf_counter() - began
    assert f'"added": {rows}' in told, told
    return Cost(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


_WAIT = """
import signal, sys, time
from pinlabs_mailer.db.engine import open_engine, writing
signal.signal(signal.SIGTERM, signal.default_int_handler)
engine = open_engine(f"sqlite:///{sys.argv[1]}")
waits = []
try:
    while True:
        began = time.perf_counter()
        with writing(engine):
            pass
        waits.append(time.perf_counter() - began)
        time.sleep(0.05)
except KeyboardInterrupt:
    waits.sort()
    print(*(f"{waits[int(len(waits) * share)] * 1000:.0f}" for share in (0.5, 0.99, 0.9999)))
"""


@contextmanager
def waiting(database: str) -> Iterator[list[str]]:
    """Ask to write all the while; the list has how long that took when the block has ended."""
    waited: list[str] = []
    command = [sys.executable, "-c", _WAIT, database]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield waited
        process.terminate()
        told, _ = process.communicate()
    waited += told.split()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="benchmarks.importing")
    parser.add_argument("rows", type=int, nargs="?", default=1_000_000)
    parser.add_argument("--postgresql", metavar="URL", help="an empty database")
    chosen = parser.parse_args()
    print("| database | rows/s | CPU us/row | MB | another writer waits, ms: median/99 %/most |")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "people.csv"
        write_file(file, chosen.rows)
        urls = {"SQLite": f"sqlite:///{folder}/people.db"}
        if chosen.postgresql:
            urls["PostgreSQL"] = chosen.postgresql
        for name, url in urls.items():
            schema.upgrade(open_engine(url), datetime.now(UTC))
            waits = "-"
            if name == "SQLite":
                with waiting(f"{folder}/people.db") as waited:
                    cost = measure(url, file, chosen.rows)
                waits = "/".join(waited)
            else:
                cost = measure(url, file, chosen.rows)
            rate, cpu = chosen.rows / cost.seconds, cost.cpu / chosen.rows * 1e6
            print(f"| {name} | {rate:.0f} | {cpu:.0f} | {cost.memory_mb:.0f} | {waits} |")


if __name__ == "__main__":
    main()
