"""The far end of Postfix's pipe.

Postfix runs it as nobody, who cannot reach the interpreter of whoever runs these tests. So the
script that Postfix starts lays the mail down and waits, and a thread of the test runs the program
on it and lays its exit code beside it.
"""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.postfix import NOBODY, Postfix
from tests.support.program import Program

SCRIPT = """#!/bin/sh
umask 000
one=$(mktemp -d {folder}/XXXXXXXX) || exit 75
cat > "$one/mail" && echo "$1" > "$one/to" && touch "$one/ready" || exit 75
while [ ! -e "$one/code" ]; do [ -d "$one" ] || exit 75; sleep 0.1; done
case $(cat "$one/code") in
0 | 1) exit 0 ;;
*) exit 75 ;;
esac
"""


@contextmanager
def returns_through_pipe(postfix: Postfix, program: Program) -> Iterator[list[int]]:
    """Let what comes to the return domain be taken by `returns take -`; yield the exit codes."""
    folder = postfix.folder / "mail" / "pipe"
    folder.mkdir()
    os.chown(folder, NOBODY, NOBODY)
    postfix.serve_returns(SCRIPT.format(folder=folder))
    codes: list[int] = []
    over = threading.Event()

    def serve() -> None:
        while not over.is_set():
            for ready in sorted(folder.glob("*/ready")):
                ready.unlink()
                codes.append(_run(ready.parent, program))
            time.sleep(0.1)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield codes
    finally:
        over.set()
        thread.join()


def _run(one: Path, program: Program) -> int:
    to = (one / "to").read_text().strip()
    mail = (one / "mail").read_bytes()
    done = program("returns", "take", "-", "--to", to, stdin=mail, code=None)
    draft = one / "draft"
    draft.write_text(str(done.code))
    draft.rename(one / "code")
    return done.code
