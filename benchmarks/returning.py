"""`python -m benchmarks.returning`: a Maildir of bounces, taken in one run of `returns take DIR`.

Prints how many a second are read, matched, recorded and acted on, and the peak memory, with a
tenth of them and with all: it must not grow with their number. `--mails N` changes the size.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import text

from benchmarks.__main__ import line
from benchmarks.fill import GIVEN, fill
from benchmarks.retention import peak
from pinlabs_mailer import settings
from pinlabs_mailer.app import App
from pinlabs_mailer.cli.main import main as run_command
from pinlabs_mailer.db.engine import writing

DOMAIN = "return.pinlabs.example"
_BOUNCE = """From: MAILER-DAEMON@mx.example.net (Mail Delivery System)\r
To: {to}\r
Subject: Undelivered Mail Returned to Sender\r
Auto-Submitted: auto-replied\r
MIME-Version: 1.0\r
Content-Type: multipart/report; report-type=delivery-status; boundary="=_b"\r
\r
--=_b\r
Content-Type: text/plain\r
\r
<{whom}>: host mx.example.net said: 550 5.1.1 no such user\r
--=_b\r
Content-Type: message/delivery-status\r
\r
Reporting-MTA: dns; mx.example.net\r
\r
Final-Recipient: rfc822; {whom}\r
Action: failed\r
Status: 5.1.1\r
Diagnostic-Code: smtp; 550 5.1.1 no such user\r
--=_b\r
Content-Type: message/rfc822\r
\r
From: Pin Labs <news@pinlabs.example>\r
Subject: News\r
\r
{body}\r
--=_b--\r
"""


class Cost(NamedTuple):
    """What a run came to."""

    seconds: float
    memory_mb: float


def main() -> None:
    """Measure both sizes, each on a database of its own, and print a table."""
    parser = argparse.ArgumentParser(prog="benchmarks.returning")
    parser.add_argument("--mails", type=int, default=100_000)
    parser.add_argument("--take", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.take:
        take(given.take)
        return
    mails = given.mails
    for many in (mails // 10, mails):
        with tempfile.TemporaryDirectory() as folder:
            cost = measure(Path(folder), many)
        line(
            f"{many:,} bounces of 10 kB in a Maildir: a second, peak memory in MB",
            f"{many / cost.seconds:,.0f}",
            f"{cost.memory_mb:.0f}",
        )


def measure(folder: Path, many: int) -> Cost:
    """Send one issue to that many readers, let it come back from all, and take it."""
    given = {**GIVEN, "database_url": f"sqlite:///{folder}/a.db", "return_domain": DOMAIN}
    with closing(App(settings.load({}, None, **given), lambda: datetime.now(UTC))) as app:
        fill(app, many, app.clock())
        app.open_due(app.clock())
        with writing(app.engine) as connection:
            connection.execute(
                text(
                    "UPDATE delivery SET status = 'accepted', attempts = 1, reply = '250 ok',"
                    " started_at = created_at, finished_at = created_at"
                )
            )
            found = connection.execute(text("SELECT id, subscriber_id FROM delivery")).all()
        write(app, folder / "box" / "new", [(one.id, one.subscriber_id) for one in found])
    words = [sys.executable, "-m", "benchmarks.returning", "--take", str(folder / "box")]
    environment = os.environ | {f"PINLABS_{name.upper()}": value for name, value in given.items()}
    began = time.perf_counter()
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - began
    assert done.returncode == 0, done.stderr
    document, _, memory_mb = done.stdout.strip().rpartition("\n")
    taken = json.loads(document)
    assert taken == {"mails": many, "hard": many, "aside": 0}, taken
    return Cost(seconds, float(memory_mb))


def take(box: Path) -> None:
    """Be `returns take DIR --json`, and print the most memory that it had, in MB, behind it.

    The parent cannot ask: what getrusage says of a child includes what the parent had before.
    """
    sys.argv = ["pinlabs-mailer", "returns", "take", str(box), "--json"]
    try:
        run_command()
    finally:
        print(peak())


def write(app: App, place: Path, sent: list[tuple[int, int]]) -> None:
    """Write a bounce of each delivery into a folder of a Maildir."""
    place.mkdir(parents=True)
    body = "\r\n".join(["What was in the mail that comes back, line by line, for a while."] * 140)
    assert app.return_paths is not None
    for delivery_id, subscriber_id in sent:
        to, whom = app.return_paths.of(delivery_id), f"reader{subscriber_id}@example.net"
        mail = _BOUNCE.format(to=to, whom=whom, body=body)
        (place / f"{delivery_id:09}.M1.host").write_text(mail, newline="")


if __name__ == "__main__":
    main()
