"""A Maildir: mails that wait in it are taken; those not understood go to its folder `.aside`.

A file is moved only after what it says is recorded, so a run that ends in the middle goes on where
it stood. What was taken goes to `cur`, marked as seen; nothing is removed. Any number of mails may
wait: a thousand names are in memory at a time, and as many mails as are recorded together.
"""

import logging
import os
import secrets
import socket
import time
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path

from pinlabs_mailer.errors import UsageError
from pinlabs_mailer.feedback.taking import (
    GROUP,
    GROUP_BYTES,
    LARGEST,
    REST,
    Mail,
    Taken,
    Taker,
)

log = logging.getLogger("pinlabs_mailer.returns")

ASIDE = ".aside"
_NAMES = 1_000
_SEEN = ":2,S"


def take(taker: Taker, folder: Path) -> Iterator[Taken]:
    """Take every mail that waits; yield what was done about each. Raises UsageError: no Maildir."""
    if not (folder / "new").is_dir():
        raise UsageError(
            f"{folder} is no Maildir: it has no folder `new`.", "Name a Maildir, or - for a pipe."
        )
    left: set[str] = set()
    stuck, why = 0, ""
    while waiting := _waiting(folder, left):
        for group in _groups(waiting, left):
            taken = taker.take([mail for _, mail in group])
            for (file, _), one in zip(group, taken, strict=True):
                try:
                    _put_away(folder, file, one, left)
                except OSError as error:
                    left.add(file.name)
                    if file.exists():  # else another run has moved it
                        stuck, why = stuck + 1, error.strerror or ""
                yield one
    if stuck:
        log.warning("Mails were taken and could not be moved in %s: %d (%s).", folder, stuck, why)


def put(folder: Path, chunks: Iterable[bytes]) -> Path:
    """Write a mail into a Maildir, which is made if it is not there; return its file.

    It appears whole and only when it is on the disk.
    """
    _make(folder)
    name = f"{time.time():.6f}.{secrets.token_hex(8)}.{socket.gethostname().replace('/', '_')}"
    draft = folder / "tmp" / name
    handle = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "wb") as file:
        for chunk in chunks:
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    place = folder / "new" / name
    draft.rename(place)
    return place


def _make(folder: Path) -> None:
    for part in ("tmp", "new", "cur"):
        (folder / part).mkdir(mode=0o700, parents=True, exist_ok=True)


def _waiting(folder: Path, left: set[str]) -> list[Path]:
    """Return some of the mails that nobody has looked at, in about the order they came in."""
    some = islice(
        (
            Path(entry.path)
            for part in ("new", "cur")
            if (folder / part).is_dir()
            for entry in os.scandir(folder / part)
            if entry.name not in left and not entry.name.startswith(".")
            if part == "new" or "S" not in entry.name.rpartition(":2,")[2]
            if entry.is_file(follow_symlinks=False)
        ),
        _NAMES,
    )
    return sorted(some, key=lambda file: file.name)


def _groups(files: Iterable[Path], left: set[str]) -> Iterator[list[tuple[Path, Mail]]]:
    group: list[tuple[Path, Mail]] = []
    size = 0
    for file in files:
        try:
            with file.open("rb") as opened:
                raw = opened.read(LARGEST)
        except OSError:  # taken by another run meanwhile, or not ours to read
            left.add(file.name)
            continue
        group.append((file, Mail(raw, rest=partial(_rest, file))))
        size += len(raw)
        if len(group) == GROUP or size > GROUP_BYTES:
            yield group
            group, size = [], 0
    if group:
        yield group


def _rest(file: Path) -> bytes:
    with file.open("rb") as opened:
        opened.seek(LARGEST)
        return opened.read(REST)


def _put_away(folder: Path, file: Path, taken: Taken, left: set[str]) -> None:
    name = file.name.partition(":2,")[0]
    if any(act.outcome == "waiting" for act in taken):
        left.add(file.name)
        return
    if any(act.aside for act in taken):
        _make(folder / ASIDE)
        place, flags = folder / ASIDE / "new", ""
    else:
        place, flags = folder / "cur", _SEEN
        place.mkdir(mode=0o700, exist_ok=True)
    _move(file, place, name, flags)


def _move(file: Path, place: Path, name: str, flags: str) -> None:
    """Move a file to a name that no other mail has there: a rename would replace that one."""
    fresh = place / f"{name}.{secrets.token_hex(8)}{flags}"
    try:
        _link(file, place / f"{name}{flags}", fresh)
    except FileExistsError:
        raise
    except OSError:  # no links here, or none to files of others; but nothing has that name
        file.rename(fresh)
    else:
        file.unlink()


def _link(file: Path, target: Path, fresh: Path) -> None:
    try:
        os.link(file, target, follow_symlinks=False)
    except FileExistsError:
        if not target.samefile(file):  # else a run ended between the two steps
            os.link(file, fresh, follow_symlinks=False)
