"""The program as its users have it: a process of its own, settings by environment."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support import processes
from tests.support.installations import GIVEN

COMMAND = (sys.executable, "-m", "pinlabs_mailer")


@dataclass(frozen=True)
class Done:
    """How a run of the program ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on standard output."""
        return json.loads(self.out)

    @property
    def items(self) -> list[Any]:
        """What a list has."""
        (items,) = self.document.values()
        assert isinstance(items, list)
        return items


@dataclass(frozen=True)
class Program:
    """Runs commands of one installation. No run may show a traceback."""

    settings: Mapping[str, str] = field(default_factory=lambda: GIVEN)

    def __call__(
        self, *words: str | bytes, stdin: bytes = b"", code: int | None = 0, **settings: str
    ) -> Done:
        """Run a command to its end, which must be with that exit code."""
        done = subprocess.run(
            [*COMMAND, *words],
            input=stdin,
            capture_output=True,
            env=self.environment(settings),
            timeout=60,
            check=False,
        )
        ended = Done(done.returncode, done.stdout.decode(), done.stderr.decode())
        assert "Traceback" not in ended.err, ended.err
        assert code in (None, ended.code), f"{words} ended with {ended.code}: {ended.err}"
        return ended

    def json(self, *words: str, **settings: str) -> Any:
        """Run a command with --json, and return its document."""
        return self(*words, "--json", **settings).document

    def environment(self, settings: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return the environment in which it runs."""
        given = {**self.settings, **(settings or {})}
        return os.environ | {f"PINLABS_{name.upper()}": value for name, value in given.items()}

    @contextmanager
    def running(
        self, *words: str, says: str = "Ctrl-C", end: signal.Signals = signal.SIGTERM, **kept: str
    ) -> Iterator["Running"]:
        """Keep a command running; at the end of the block it must end cleanly by that signal.

        The block begins when the command `says` something.
        """
        with Path("running.log").open("wb") as log:
            process = subprocess.Popen(
                [*COMMAND, *words],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self.environment(kept),
                preexec_fn=_dies_with_us,  # noqa: PLW1509
            )
        running = Running(process, Path("running.log"))
        try:
            running.wait_for(says)
            yield running
            process.send_signal(end)
            running.code = process.wait(30)
        finally:
            process.kill()
            process.wait()
        assert "Traceback" not in running.said, running.said


@dataclass
class Running:
    """A command that stays."""

    process: "subprocess.Popen[bytes]"
    log: Path
    code: int | None = None

    @property
    def said(self) -> str:
        """What it has said up to now."""
        return self.log.read_text()

    def wait_for(self, words: str) -> None:
        """Wait until it has said that."""
        processes.wait_until(
            f"the program says {words!r}",
            lambda: words in self.said or self.process.poll() is not None,
            log=self.log,
        )
        assert words in self.said, self.said


def _dies_with_us() -> None:
    """Ask the kernel to end the process when the tests' one dies (PR_SET_PDEATHSIG)."""
    import ctypes

    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
