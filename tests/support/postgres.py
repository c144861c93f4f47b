"""A private PostgreSQL, made from the machine's binaries and thrown away after the tests.

Each pytest-xdist worker has its own: making one takes less than a second, and nobody has to
agree with anybody on who starts and who stops it.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from typing import LiteralString, Self

import psycopg
from psycopg import sql

from tests.support import processes

SETTINGS = {
    "listen_addresses": "",
    # What is committed survives the server, as `restart` wants it, but not the machine.
    "fsync": "off",
    "full_page_writes": "off",
    "autovacuum": "off",  # its workers would sit in the template while it is copied
    "jit": "off",
    "shared_buffers": "64MB",
    "checkpoint_timeout": "1h",
    "max_wal_size": "4GB",
    # Not UTC, so that a query which leans on the server's zone shows itself.
    "timezone": "Pacific/Auckland",
}


class Postgres:
    """One server on a Unix socket. `database()` lends databases; `restart()` is a fault."""

    def __init__(self) -> None:
        self._bin = processes.find_program("initdb", *_debian_folders()).resolve().parent
        self._user = "postgres" if os.geteuid() == 0 else None
        self._numbers = count(1)
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._folder = Path(tempfile.mkdtemp(prefix="pinlabs-pg-", dir=_roomy_folder()))
        with ExitStack() as stack:
            stack.callback(shutil.rmtree, self._folder, ignore_errors=True)
            if self._user is not None:
                shutil.chown(self._folder, self._user)
            initdb: list[str | Path] = [
                self._bin / "initdb", "--no-sync", "--auth=trust", "--username=postgres",
                "--no-locale", "--encoding=UTF8", "--no-instructions", self._folder / "data",
            ]  # fmt: skip
            processes.run(initdb, user=self._user)
            stack.callback(self.stop)
            self.start()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def start(self) -> None:
        """Start the server and wait until it answers."""
        command: list[str | Path] = [self._bin / "postgres", "-D", self._folder / "data"]
        command += ["-k", self._folder]
        command += [f"--{name}={value}" for name, value in SETTINGS.items()]
        self._process = processes.start(
            command, folder=self._folder, user=self._user, ends_by="QUIT"
        )
        processes.wait_until("PostgreSQL answers", self._answers, log=self._folder / "log")

    def stop(self) -> None:
        """Stop the server at once; connections are cut, as in a crash."""
        if self._process is not None:
            processes.stop(self._process)
            self._process = None

    def restart(self) -> None:
        """Stop and start again; what was committed is still there."""
        self.stop()
        self.start()

    def url(self, database: str) -> str:
        """Return the address of a database, as PINLABS_DATABASE_URL wants it."""
        return f"postgresql://postgres@/{database}?host={self._folder}"

    def create(self, name: str, template: str = "template0") -> str:
        """Create a database and return its address."""
        # Where nothing is synced to disk, copying files is quicker than the default.
        self._execute("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy", name, template)
        return self.url(name)

    @contextmanager
    def database(self, template: str = "template0") -> Iterator[str]:
        """Lend the address of a fresh copy of `template`."""
        name = f"test_{next(self._numbers)}"
        yield self.create(name, template)
        self._execute("DROP DATABASE {} WITH (FORCE)", name)

    def _answers(self) -> bool:
        try:
            self._execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def _execute(self, statement: LiteralString, *names: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            query = sql.SQL(statement).format(*map(sql.Identifier, names))
            connection.execute(query)


def _roomy_folder() -> str:
    """Return a folder that the user `postgres` can enter, which pytest's own are not.

    Memory if there is enough of it: a database is 300 files, made anew for each test.
    """
    memory = Path("/dev/shm")
    if memory.is_dir() and shutil.disk_usage(memory).free > 2_000_000_000:
        return str(memory)
    return "/tmp"


def _debian_folders() -> list[str]:
    """Return where Debian keeps the server's programs, newest version first."""
    folders = Path("/usr/lib/postgresql").glob("*/bin")
    return [
        str(folder) for folder in sorted(folders, key=lambda f: int(f.parent.name), reverse=True)
    ]
