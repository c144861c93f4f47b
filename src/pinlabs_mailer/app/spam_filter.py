"""SpamAssassin, where it is installed: what it says of a mail by the rules that need no network."""

import re
import shutil
import subprocess

from pinlabs_mailer.mail.preflight import SpamScore

_SECONDS = 30
_STATUS = re.compile(
    r"^X-Spam-Status:[^\n]*?\bscore=(-?\d+(?:\.\d+)?)(.*?)(?=\n\S)", re.DOTALL | re.MULTILINE
)
_TESTS = re.compile(r"\btests=([A-Z0-9_,\s]+?)(?:\s+[a-z]+=|$)")


def score(raw: bytes) -> SpamScore | None:
    """Return the score of a mail; None where there is no SpamAssassin, or it takes too long."""
    program = shutil.which("spamassassin")
    if program is None:
        return None
    options = ["--local", "--test-mode", "--nocreate-prefs"]
    try:
        done = subprocess.run(
            [program, *options], input=raw, capture_output=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    status = _STATUS.search(done.stdout.decode("utf-8", "replace"))
    if status is None:
        return None
    named = _TESTS.search(status[2])
    reasons = "".join(named[1].split()).split(",") if named else []
    return SpamScore(float(status[1]) + 0.0, tuple(one for one in reasons if one))
