"""SIGTERM and Ctrl-C: the first asks to stop in order, the second ends the process at once."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from pinlabs_mailer.cli.context import say


@contextmanager
def stopping_in_order() -> Iterator[threading.Event]:
    """Yield the event that the first signal sets."""
    stop = threading.Event()
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def asked(number: int, _frame: FrameType | None) -> None:
        stop.set()
        signal.signal(number, signal.SIG_DFL)
        say("Stopping: what is on the wire is waited for. Once more ends it at once.")

    for number in before:
        signal.signal(number, asked)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
