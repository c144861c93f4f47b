"""What every command needs: the installation, the options they share, and the two outputs."""

import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from pinlabs_mailer import settings
from pinlabs_mailer.app import App
from pinlabs_mailer.cli.streams import printing
from pinlabs_mailer.content.dates import from_iso
from pinlabs_mailer.errors import UsageError

CONFIG_OPTION = Annotated[
    Path | None, typer.Option("--config", help="The settings file, instead of the one here.")
]
JSON_OPTION = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
NOW_OPTION = Annotated[
    str | None, typer.Option("--now", help="The moment to take as now, in ISO 8601.")
]
_WIDEST = 60
"""Signs that a column of a table has for what stands under one another."""
_given: dict[str, Path | None] = {"config": None}


def remember_config(path: Path | None) -> None:
    """Keep the program's own option for the command that follows it."""
    _given["config"] = path


def read_settings(**given: str) -> settings.Settings:
    """Return the settings in force."""
    return settings.load(os.environ, _given["config"], **given)


def clock() -> datetime:
    """Return the real moment."""
    return datetime.now(UTC)


def installation() -> App:
    """Return the installation that the settings describe."""
    return App(read_settings(), clock)


def moment(raw: str | None) -> datetime:
    """Return the moment of --now, or the real one."""
    if raw is None:
        return clock()
    parsed = from_iso(raw)
    if parsed is None:
        raise UsageError(
            f"{raw[:60]!a} is no moment.",
            "Write ISO 8601, from 1990 to 2100, such as 2026-11-24T09:00:00Z.",
        )
    return parsed


def say(text: str) -> None:
    """Tell people something, on standard error: standard output is for results.

    That nobody can hear it is no reason to stop work.
    """
    with suppress(OSError):
        print(text, file=sys.stderr, flush=True)


def print_json(document: object) -> None:
    """Print the one document of --json."""
    unicode = sys.stdout.encoding.lower().startswith("utf")
    with printing():
        json.dump(document, sys.stdout, default=_plain, ensure_ascii=not unicode, indent=2)
        sys.stdout.write("\n")


def print_list(items: Iterable[Mapping[str, Any]], as_json: bool, columns: Sequence[str]) -> None:
    """Print a list: as `{"items": [...]}`, or as a table of these columns.

    One long title moves what is behind it in its own line only.
    """
    listed = list(items)
    if as_json:
        print_json({"items": listed})
        return
    rows = [list(columns)] + [[_cell(one.get(name)) for name in columns] for one in listed]
    widths = [min(_WIDEST, max(len(row[i]) for row in rows)) for i in range(len(columns))]
    with printing():
        for row in rows:
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            print("  ".join(cells).rstrip())


def print_as_it_comes(items: Iterable[Mapping[str, Any]]) -> None:
    """Print the one document of a list that is too long to hold, item by item."""
    unicode = sys.stdout.encoding.lower().startswith("utf")
    between = '{"items": ['
    with printing():
        for item in items:
            sys.stdout.write(f"{between}\n  ")
            json.dump(item, sys.stdout, default=_plain, ensure_ascii=not unicode)
            between = ","
        sys.stdout.write("\n]}\n" if between == "," else between + "]}\n")


def print_one(thing: Mapping[str, Any], as_json: bool) -> None:
    """Print one thing: as JSON, or a line for each of its fields."""
    if as_json:
        print_json(thing)
        return
    with printing():
        for name, value in thing.items():
            print("\n".join(_lines(name, value)))


def _lines(name: str, value: object) -> list[str]:
    if not isinstance(value, list):
        return [f"{name}: {_cell(value)}".rstrip()]
    inner = [", ".join(_cell(part) for part in _parts(one) if _cell(part)) for one in value]
    return [f"{name}:", *("  " + line for line in inner)]


def _parts(value: object) -> list[object]:
    return list(value.values()) if isinstance(value, Mapping) else [value]


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case datetime():
            return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
        case dict():
            return ", ".join(f"{name} {part}" for name, part in value.items())
    text = " ".join(str(value).split())
    return "".join(c if c.isprintable() else "?" for c in text)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, tuple | set | frozenset):
        return list(value)
    return str(value)
