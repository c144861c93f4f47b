"""Who has a delivery on the wire: this host, since this boot, this process since its start.

With that in the row, another process on the same host can see at once whether the owner still
lives, whatever the clocks say. Linux tells both in /proc.
"""

import os
import socket
from pathlib import Path
from typing import NamedTuple


class Owner(NamedTuple):
    """A process."""

    host: str
    boot: str
    pid: int
    started: int
    """Clock ticks after boot: a process that got the same number later has another."""

    def __str__(self) -> str:
        return f"{self.host}/{self.boot}/{self.pid}/{self.started}"


def this_process() -> Owner:
    """Return the owner that this process is."""
    pid = os.getpid()
    return Owner(socket.gethostname()[:40].replace("/", "_"), _boot(), pid, _started(pid) or 0)


def is_dead(raw: str, here: Owner) -> bool:
    """Say whether an owner is known to be dead: on this host and not running any more."""
    try:
        host, boot, pid, started = raw.split("/")
        owner = Owner(host, boot, int(pid), int(started))
    except ValueError:
        return False
    if owner.host != here.host:
        return False
    return owner.boot != here.boot or _started(owner.pid) != owner.started


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()[:8]
    except OSError:
        return "-"


def _started(pid: int) -> int | None:
    """Return when a process started, None if there is none."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    state, *fields = stat.rpartition(")")[2].split()
    return None if state in "ZX" else int(fields[18])
