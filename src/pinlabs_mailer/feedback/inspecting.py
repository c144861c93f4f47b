"""Mails that came back, as files: one, a folder, a Maildir or an mbox. Read without acting."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from pinlabs_mailer.errors import UsageError
from pinlabs_mailer.feedback.part import LOOK
from pinlabs_mailer.feedback.reading import read
from pinlabs_mailer.feedback.report import Report

Matcher = Callable[[Report], int | None]
"""Finds the delivery that a report is about."""
_MBOX_LINE = re.compile(rb"From \S+ .*\d\d:\d\d.*\d{4}")


def inspect(path: Path, match: Matcher | None = None) -> Iterator[dict[str, Any]]:
    """Go through what the mails at a path say, a row for each recipient.

    Raises UsageError if there is nothing to read.
    """
    for name, raw in mails(path):
        for report in read(raw):
            delivery = match(report) if match else None
            yield {
                "file": name,
                "kind": report.kind,
                "recipient": report.recipient,
                "status": report.status,
                "reason": report.reason,
                "delivery": "" if delivery is None else delivery,
                "diagnostic": report.diagnostic,
            }


def mails(path: Path) -> Iterator[tuple[str, bytes]]:
    """Go through the mails at a path, as far as they are looked at, with their files' names."""
    try:
        files = _files(path)
    except OSError as away:
        raise UsageError(
            f"{path} cannot be read: {away.strerror}.", "Name a mail or a folder."
        ) from away
    for file in files:
        try:
            with file.open("rb") as opened:
                for raw in _in_file(opened):
                    yield os.fsencode(file).decode("utf-8", "replace"), raw
        except OSError as away:
            raise UsageError(
                f"{file} cannot be read: {away.strerror}.", "Look at its rights."
            ) from away


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        path.stat()
        return iter([path])
    folders = [path / name for name in ("new", "cur") if (path / name).is_dir()] or [path]
    return (file for folder in folders for file in _in_folder(folder))


def _in_folder(folder: Path) -> Iterator[Path]:
    for name in sorted(one.name for one in folder.iterdir()):
        if not name.startswith(".") and (folder / name).is_file():
            yield folder / name


def _in_file(opened: BinaryIO) -> Iterator[bytes]:
    """Cut an mbox into its mails; any other file is one mail."""
    mail, size, empty = [], 0, True
    mbox = None
    for line in iter(lambda: opened.readline(LOOK), b""):
        if mbox is None:
            mbox = bool(_MBOX_LINE.match(line))
        elif mbox and empty and _MBOX_LINE.match(line):
            yield b"".join(mail)
            mail, size = [], 0
        if size < LOOK:
            mail.append(line)
            size += len(line)
        elif not mbox:
            break
        empty = not line.strip()
    yield b"".join(mail)
