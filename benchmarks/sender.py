"""One measured run of the sender, in a process of its own: prints a JSON document.

    python -m benchmarks.sender DATABASE_URL RELAY_PORT READERS [setting=value ...]

Plans the issue of a database that `benchmarks.fill` has filled, and delivers it. Everything is
timed by the wall and by the processor; the largest resident size is that of the whole process.
"""

import json
import resource
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.fill import GIVEN
from pinlabs_mailer import settings
from pinlabs_mailer.app import App

OPEN = {"smtp_messages": "1000000", "smtp_age": "1h"}
"""Connections that stay open, as the yardstick's do."""
SHORT = {"templates": str(Path(__file__).parent / "templates")}
"""Mails as long as the yardstick's."""


def main(database_url: str, port: str, readers: int, chosen: dict[str, str]) -> None:
    """Run it and print what was measured."""
    given = {
        **GIVEN,
        **OPEN,
        **SHORT,
        "database_url": database_url,
        "smtp_url": f"smtp://127.0.0.1:{port}",
    }
    app = App(settings.load({}, None, **given, **chosen), lambda: datetime.now(UTC))
    now = app.clock()
    planned = time.perf_counter()
    app.open_due(now)
    began, used = time.perf_counter(), _cpu()
    tally = app.pump.run()
    seconds, cpu = time.perf_counter() - began, _cpu() - used
    json.dump(
        {
            "accepted": tally.accepted,
            "planning": began - planned,
            "seconds": seconds,
            "rate": tally.accepted / seconds,
            "cpu_us": cpu / readers * 1e6,
            "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        },
        sys.stdout,
    )


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    pairs = dict(argument.split("=", 1) for argument in sys.argv[4:])
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), pairs)
