"""`make bench`: the sending engine against Postfix's own load generator, on one machine.

Wants Debian's postfix for smtp-sink and smtp-source. `--readers N` makes it shorter or longer,
`--million` adds the runs with a million readers, `--postgresql URL` those on PostgreSQL.
"""

import argparse
import json
import os
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.fill import MESSAGE_BYTES

CONNECTIONS = 10
DELAY = 0.010


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(prog="benchmarks")
    parser.add_argument("--readers", type=int, default=50_000)
    parser.add_argument("--million", action="store_true")
    parser.add_argument("--postgresql", metavar="URL", help="an empty database")
    chosen = parser.parse_args()
    for program in ("smtp-sink", "smtp-source"):
        if shutil.which(program) is None:
            sys.exit(f"{program} is missing: install Debian's package postfix")
    with tempfile.TemporaryDirectory() as folder:
        table(chosen, Path(folder))


def table(chosen: argparse.Namespace, folder: Path) -> None:
    """Run everything, in turn on the same sink, and print as it comes."""
    readers = chosen.readers
    with smtp_sink() as port:
        source = smtp_source(port, readers)
        ours = sender(f"sqlite:///{folder}/a.db", port, readers)
        again = smtp_source(port, readers)
        rate = (source["rate"] + again["rate"]) / 2
        cpu = (source["cpu_us"] + again["cpu_us"]) / 2
        line("smtp-source, messages/s and microseconds of CPU", f"{rate:.0f}", f"{cpu:.0f}")
        line("ours on SQLite", f"{ours['rate']:.0f}", f"{ours['cpu_us']:.0f}")
        line("messages/s, as a multiple of smtp-source's", f"{ours['rate'] / rate:.2f}")
        line("CPU per message, as a multiple of smtp-source's", f"{ours['cpu_us'] / cpu:.2f}")
        line("peak memory, MB", f"{ours['memory_mb']:.0f}")
        if chosen.postgresql:
            theirs = sender(chosen.postgresql, port, readers)
            ratio = theirs["cpu_us"] / ours["cpu_us"]
            line(
                "PostgreSQL, messages/s and CPU x SQLite's", f"{theirs['rate']:.0f}", f"{ratio:.2f}"
            )
    with slow_sink() as port:
        measured = delay_of(port)
        slow = sender(f"sqlite:///{folder}/b.db", port, min(readers, 10_000))
        share = slow["rate"] / (CONNECTIONS / measured)
        line(f"with {measured * 1000:.1f} ms a reply, share of connections / delay", f"{share:.0%}")
    if chosen.million:
        with smtp_sink() as port:
            big = folder / "c.db"
            many = sender(f"sqlite:///{big}", port, 1_000_000)
        line("planning 1,000,000, seconds", f"{many['planning']:.1f}")
        line(
            "1,000,000 on SQLite: seconds, messages/s",
            f"{many['seconds']:.0f}",
            f"{many['rate']:.0f}",
        )
        line(
            "its peak memory and its file, MB",
            f"{many['memory_mb']:.0f}",
            f"{big.stat().st_size >> 20}",
        )


def line(what: str, *figures: str) -> None:
    """Print one row."""
    print(f"| {what} | {' | '.join(figures)} |", flush=True)


def sender(url: str, port: int, readers: int) -> dict[str, float]:
    """Fill a database and run the sender on it, each in a process of its own."""
    subprocess.run([sys.executable, "-m", "benchmarks.fill", url, str(readers)], check=True)
    command = [sys.executable, "-m", "benchmarks.sender", url, str(port), str(readers)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    measured: dict[str, float] = json.loads(done.stdout)
    assert measured["accepted"] == readers, measured
    return measured


def smtp_source(port: int, messages: int) -> dict[str, float]:
    """Run Postfix's load generator: the same number of messages, as long as ours."""
    command = ["smtp-source", "-d", "-s", str(CONNECTIONS), "-m", str(messages)]
    command += [
        "-l",
        str(MESSAGE_BYTES),
        "-f",
        "news@pinlabs.example",
        "-t",
        "reader@example.net",
        f"127.0.0.1:{port}",
    ]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    seconds = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"rate": messages / seconds, "cpu_us": cpu / messages * 1e6}


@contextmanager
def smtp_sink() -> Iterator[int]:
    """Postfix's sink, which takes everything."""
    port = free_port()
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    with running(["smtp-sink", *user, "-c", f"127.0.0.1:{port}", "1000"], port):
        yield port


@contextmanager
def slow_sink() -> Iterator[int]:
    """Our own sink, which answers late."""
    port = free_port()
    with running([sys.executable, "-m", "benchmarks.sink", str(port), str(DELAY)], port):
        yield port


@contextmanager
def running(command: list[str], port: int) -> Iterator[None]:
    """Keep a server running while the block does."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            for _ in range(100):
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.05)
            yield
        finally:
            server.terminate()


def delay_of(port: int) -> float:
    """Return the seconds that a reply really takes."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.recv(100)
        began = time.perf_counter()
        for _ in range(50):
            connection.sendall(b"NOOP\r\n")
            connection.recv(100)
        return (time.perf_counter() - began) / 50


def free_port() -> int:
    """Return a port that nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    main()
