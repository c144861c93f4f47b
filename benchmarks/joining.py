"""`python -m benchmarks.joining`: the sign-up page of a real `serve` under attack, and in traffic.

Prints how many mails 10,000 requests for one address from 1,000 networks cause; whether the page
takes the same time for an address that is known and for one that is new; how many one-clicks a core
of the server takes, and how long each; and how long it takes to answer a join and a one-click while
a digest is sent from the same SQLite file. Wants Debian's
postfix for smtp-sink. `--readers N` makes the digest shorter.
"""

import argparse
import http.client
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import urlencode, urlsplit

from sqlalchemy import func, select

from benchmarks.__main__ import free_port, line, smtp_sink
from benchmarks.fill import fill
from pinlabs_mailer import settings
from pinlabs_mailer.app import App
from pinlabs_mailer.community import sign_ups
from pinlabs_mailer.db.engine import reading
from pinlabs_mailer.db.tables import delivery, subscriber
from pinlabs_mailer.web import form_token

STRANGER = "stranger@example.org"
KEPT_OPEN = 2.0
"""Seconds for which an idle connection is used again."""


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(prog="benchmarks.joining")
    parser.add_argument("--readers", type=int, default=100_000)
    parser.add_argument("--requests", type=int, default=10_000)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, smtp_sink() as sink:
        port = free_port()
        given = {
            "database_url": f"sqlite:///{folder}/a.db",
            "base_url": f"http://localhost:{port}",
            "from": "Pin Labs <news@pinlabs.example>",
            "postal_address": "1 Sample Street",
            "secret_keys": "a key for benchmarks that is long enough",
            "smtp_url": f"smtp://127.0.0.1:{sink}",
            "schedule": "daily 00:00",
            "trusted_proxies": "127.0.0.1",
            "join_ceiling": "1000000",  # what is measured comes from one place, and at once
            "join_per_network": "1000000",
            "join_per_domain": "1000000",
        }
        with closing(App(settings.load({}, None, **given), lambda: datetime.now(UTC))) as app:
            fill(app, chosen.readers, app.clock())
            with serving(given, port, Path(folder)) as server:
                measure(app, given, port, chosen, server)


def measure(
    app: App, given: dict[str, str], port: int, chosen: argparse.Namespace, server: int
) -> None:
    """Run everything in turn, and print as it comes."""
    page = threading.local()

    def post(path: str, fields: dict[str, str], network: str = "203.0.113.7") -> float:
        if not hasattr(page, "connection"):
            page.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        head = {"Content-Type": "application/x-www-form-urlencoded", "X-Forwarded-For": network}
        began = time.perf_counter()
        if began - getattr(page, "used", began) > KEPT_OPEN:
            page.connection.close()  # the server has, or is about to
        page.used = began
        page.connection.request("POST", path, urlencode(fields), head)
        answer = page.connection.getresponse()
        answer.read()
        if answer.status != 200:
            sys.exit(f"{path} answered {answer.status}")
        return time.perf_counter() - began

    def join(email: str, network: str = "203.0.113.7") -> float:
        opened = app.clock() - timedelta(minutes=1)
        fields = {"email": email, "topic": "projects"}
        token = form_token.make(app.signer, opened)
        return post("/join", {**fields, form_token.FIELD: token}, network)

    took, spent = attack(join, chosen.requests)
    wait_until_looked_at(app)
    line(f"{chosen.requests} requests for one address, 1,000 networks: mails", f"{mails(app)}")
    line("requests/s, and the slowest answer but 1 %, ms", f"{took:.0f}", p99(spent))

    known, new = [], []
    for number in range(1000):
        known.append(join(f"reader{number + 1}@example.net"))
        new.append(join(f"new{number}@new{number}.example"))
    apart = abs(median(known) - median(new)) * 1000
    line("2,000 joins, medians of known and new, ms", f"{ms(median(known))} {ms(median(new))}")
    line("apart, ms", f"{apart:.2f}")

    with reading(app.engine) as connection:
        listed = select(subscriber.c.reference).where(subscriber.c.id <= chosen.readers)
        people = connection.execute(listed.order_by(subscriber.c.id).limit(9_000)).scalars().all()
    paths = [urlsplit(app.links.unsubscribe(reference)).path for reference in people]

    def leave(path: str) -> float:
        return post(path, {"List-Unsubscribe": "One-Click"})

    wait_until_looked_at(app)
    many, steady = paths[2_000:7_000], paths[7_000:]
    before = cpu_of(server)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(leave, many))
    line(
        "one-clicks a second of the server's processor",
        f"{len(many) / (cpu_of(server) - before):.0f}",
    )
    line("one-clicks at 200/s, p99, ms", p99(paced(leave, steady, 200)))

    paths = paths[:2_000]
    joins, leaves = [], []
    with sending(given) as digest:
        number = 0
        while digest.poll() is None:
            joins.append(join(f"late{number}@late{number}.example", f"198.51.{number % 250}.1"))
            leaves.append(leave(paths[number % len(paths)]))
            number += 1
            time.sleep(0.02)
    line(f"while {chosen.readers} are sent: join p99, one-click p99, ms", p99(joins), p99(leaves))


def attack(join: Callable[[str, str], float], number: int) -> tuple[float, list[float]]:
    """Send the form for one address from many networks; return requests/s and each one's time."""
    networks = [f"100.{n // 250}.{n % 250}.1" for n in range(1000)]
    began = time.perf_counter()
    with ThreadPoolExecutor(8) as pool:
        spent = list(pool.map(lambda n: join(STRANGER, networks[n % 1000]), range(number)))
    return number / (time.perf_counter() - began), spent


def paced(leave: Callable[[str], float], paths: list[str], rate: float) -> list[float]:
    """Leave at a steady rate, and return each one's time from when it was due."""
    began = time.perf_counter()

    def at_its_time(number: int) -> float:
        due = began + number / rate
        time.sleep(max(0.0, due - time.perf_counter()))
        leave(paths[number])
        return time.perf_counter() - due

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(at_its_time, range(len(paths))))


def cpu_of(process: int) -> float:
    """Return the processor time of a process so far, in seconds (proc(5))."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def wait_until_looked_at(app: App) -> None:
    """Wait until the process that serves has looked at every form."""
    while True:
        with reading(app.engine) as connection:
            if sign_ups.waiting(connection) == 0:
                return
        time.sleep(0.2)


def mails(app: App) -> int:
    """Return how many mails there are for the stranger."""
    counted = (
        select(func.count())
        .select_from(delivery)
        .join(subscriber)
        .where(subscriber.c.email_key == STRANGER)
    )
    with reading(app.engine) as connection:
        return connection.execute(counted).scalar_one()


@contextmanager
def serving(given: dict[str, str], port: int, folder: Path) -> Iterator[int]:
    """Serve the pages from a process of its own, as an operator does; yield its number."""
    with (folder / "serve.log").open("wb") as log:
        process = program(given, "serve", "--port", str(port), log=log.fileno())
        try:
            while b"Ctrl-C" not in (folder / "serve.log").read_bytes():
                if process.poll() is not None:
                    sys.exit((folder / "serve.log").read_text())
                time.sleep(0.05)
            yield process.pid
        finally:
            process.terminate()
            process.wait(30)


@contextmanager
def sending(given: dict[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    """Send the digest from another process."""
    process = program(given, "send-digest", log=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def program(given: dict[str, str], *words: str, log: int) -> "subprocess.Popen[bytes]":
    """Start the program with these settings."""
    environment = os.environ | {f"PINLABS_{name.upper()}": value for name, value in given.items()}
    command = [sys.executable, "-m", "pinlabs_mailer", *words]
    return subprocess.Popen(command, env=environment, stdout=log, stderr=log)


def ms(seconds: float) -> str:
    """Return milliseconds as they are printed."""
    return f"{seconds * 1000:.1f}"


def p99(spent: list[float]) -> str:
    """Return the time that 99 of 100 stay under, in milliseconds."""
    return ms(quantiles(spent, n=100)[98])


if __name__ == "__main__":
    main()
