"""Progress of long work: a bar on a terminal, a line every few seconds otherwise."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from pinlabs_mailer.cli.context import say
from pinlabs_mailer.delivery.tally import Tally
from pinlabs_mailer.errors import MailerError

_SECONDS = 5.0


@contextmanager
def showing_progress(what: str) -> Iterator[Callable[[Tally], None]]:
    """Yield what the pump calls as it goes on."""
    if sys.stderr.isatty():
        columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(what, total=None)
            yield lambda tally: bar.update(task, description=f"{what}: {tally}")
        return
    last = time.monotonic()

    def line(tally: Tally) -> None:
        nonlocal last
        if time.monotonic() - last > _SECONDS:
            last = time.monotonic()
            say(f"{what}: {tally}")

    yield line


def require_success(tally: Tally) -> None:
    """Raise MailerError, which makes the exit code 1, if a mail will not arrive any more."""
    lost = tally.failed + tally.expired
    if lost:
        raise MailerError(
            f"Mails that failed for good: {lost}. The others went their way.",
            "See why: pinlabs-mailer delivery list --issue KEY --status failed",
        )
