"""Start servers that cannot outlive the tests, however the tests end."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import pytest

T = TypeVar("T")
Command = str | os.PathLike[str]


GUARD = """
sign=$1; folder=$2; shift 2
"$@" </dev/null &
read -r word
kill -s "$sign" $!
wait $!
test "$word" = stop || rm -rf "$folder"
"""


def start(
    command: Sequence[Command],
    *,
    folder: Path,
    ends_by: str = "TERM",
    user: str | None = None,
    env: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start `command` under a guard, which sends it the signal `ends_by` when it is to end.

    The guard reads from a pipe that only this process can write to. When that closes without
    a word from `stop`, this process has died, perhaps of `kill -9`, where no `atexit` hook
    runs; then the guard also removes the `folder` in which the server lives. The server's
    output is in its file `log`.
    """
    words: Sequence[Command] = ["sh", "-c", GUARD, "guard", ends_by, folder, *command]
    with (folder / "log").open("ab") as log:
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
    with suppress(BrokenPipeError):
        process.stdin.write(b"stop\n")
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
            said = (
                f"; its log:\n{log.read_text(errors='replace')[-3000:]}"
                if log and log.exists()
                else ""
            )
            raise TimeoutError(f"{what}: not within {seconds:.0f} s{said}")
        time.sleep(0.02)


def find_program(name: str, *places: str) -> Path:
    """Return the program of that name, or skip the test for want of it."""
    found = shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), *places]))
    if found is None:
        pytest.skip(f"{name} is not installed on this machine")
    return Path(found)
