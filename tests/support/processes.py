"""Start servers that cannot outlive the tests, however the tests end."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, TypeVar

import pytest

T = TypeVar("T")
Command = str | os.PathLike[str]


GUARD = """
sign=$1; shift
"$@" </dev/null &
read -r _
kill -s "$sign" $!
wait $!
"""


def start(
    command: Sequence[Command],
    *,
    log: IO[bytes],
    ends_by: str = "TERM",
    user: str | None = None,
    env: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start `command` under a guard, which sends it the signal `ends_by` when it is to end.

    The guard reads from a pipe that only this process can write to. It sees the end of it
    when `stop` closes the pipe, and also after `kill -9`, when no `atexit` hook runs.
    """
    words: Sequence[Command] = ["sh", "-c", GUARD, "guard", ends_by, *command]
    return subprocess.Popen(
        words,
        stdin=subprocess.PIPE,
        stdout=log,
        stderr=subprocess.STDOUT,
        env=env,
        user=user,
        group=user,
        extra_groups=None if user is None else [],
        start_new_session=True,  # Ctrl-C in the terminal is for pytest, which then stops us
    )


def stop(process: subprocess.Popen[bytes], seconds: float = 30) -> None:
    """End what `start` has started, and wait until it has."""
    assert process.stdin is not None
    process.stdin.close()
    process.wait(seconds)


def run(command: Sequence[Command], *, user: str | None = None) -> str:
    """Run a tool to its end and return what it printed; if it fails, raise with all it said."""
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        user=user,
        group=user,
        extra_groups=None if user is None else [],
    )
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} failed: {done.stdout}{done.stderr}")
    return done.stdout


def wait_until(
    what: str, probe: Callable[[], T | None], *, seconds: float = 30, log: Path | None = None
) -> T:
    """Return the first true value of `probe`, or fail and say what was waited for."""
    end = time.monotonic() + seconds
    while True:
        value = probe()
        if value:
            return value
        if time.monotonic() > end:
            said = f"; its log:\n{log.read_text(errors='replace')[-3000:]}" if log else ""
            raise TimeoutError(f"{what}: not within {seconds:.0f} s{said}")
        time.sleep(0.02)


def find_program(name: str, *places: str) -> Path:
    """Return the program of that name, or skip the test for want of it."""
    found = shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), *places]))
    if found is None:
        pytest.skip(f"{name} is not installed on this machine")
    return Path(found)
