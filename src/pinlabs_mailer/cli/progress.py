"""Progress of long work: a bar on a terminal, a line every few seconds otherwise."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from pinlabs_mailer.cli.context import say
from pinlabs_mailer.delivery.tally import Tally
from pinlabs_mailer.errors import MailerError

_SECONDS = 5.0


@contextmanager
def showing_progress(what: str) -> Iterator[Callable[[Tally], None]]:
    """Yield what the pump calls as it goes on."""
    if sys.stderr.isatty():
        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(what, total=None)

            def move(tally: Tally) -> None:
                bar.update(
                    task,
                    description=_described(what, tally),
                    completed=tally.done,
                    total=max(tally.due, tally.done),
                )

            yield move
        return
    latest: list[Tally] = []
    tell = telling_every_few_seconds(lambda: _described(what, latest[-1]))

    def line(tally: Tally) -> None:
        latest[:] = [tally]
        tell()

    yield line


def telling_every_few_seconds(describe: Callable[[], str]) -> Callable[[], None]:
    """Return what long work calls as it goes on; a line is said every few seconds."""
    last = time.monotonic()

    def line() -> None:
        nonlocal last
        if time.monotonic() - last > _SECONDS:
            last = time.monotonic()
            say(describe())

    return line


def _described(what: str, tally: Tally) -> str:
    left = str(timedelta(seconds=round(tally.seconds_left)))
    return f"{what}: {tally} of {tally.due}, {tally.rate:.0f}/s, {left} left"


def require_success(tally: Tally) -> None:
    """Raise MailerError, which makes the exit code 1, if a mail will not arrive any more."""
    lost = tally.lost
    if lost:
        ours = sum(tally.refused_us.values())
        blame = (
            f" {ours} of them were refused because of us, not of the recipients." if ours else ""
        )
        raise MailerError(
            f"Mails that failed for good: {lost}.{blame} The others went their way.",
            "See why: pinlabs-mailer delivery list --issue KEY --status failed",
        )


@contextmanager
def showing_share(what: str) -> Iterator[Callable[[int, int], None]]:
    """Yield what is called with how much is done, of how much."""
    if sys.stderr.isatty():
        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(what, total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)
        return
    last = time.monotonic()

    def line(done: int, total: int) -> None:
        nonlocal last
        if time.monotonic() - last > _SECONDS:
            last = time.monotonic()
            say(f"{what}: {done} of {total} lines")

    yield line
