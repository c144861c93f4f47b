"""A sender as a process of its own, to be killed, stopped and waited for."""

import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

LONGEST = 90.0
"""Seconds that any run may take."""


class Sender:
    """One run of a command."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self._log = log
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=environment
            )

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        return self._process.poll() is None

    @property
    def said(self) -> str:
        """What this run and those before it have said."""
        return self._log.read_text(errors="replace")

    def signal(self, number: signal.Signals) -> None:
        """Send a signal, if it still runs."""
        self._process.send_signal(number)

    def wait(self, seconds: float = LONGEST) -> int:
        """Return the exit code; a run that takes too long has failed."""
        try:
            code = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise TimeoutError(
                f"still running after {seconds:.0f} s: {self.said[-3000:]}"
            ) from None
        assert "Traceback" not in self.said, self.said[-5000:]
        return code

    def kill(self) -> None:
        """End it as a power cut would."""
        self._process.kill()
        self._process.wait()


def pause(seconds: float, sender: Sender) -> bool:
    """Wait, at most until the sender has ended; say whether it still runs."""
    end = time.monotonic() + seconds
    while sender.running and time.monotonic() < end:
        time.sleep(0.002)
    return sender.running
