"""Settings, databases and surroundings that are not right: told, never by a traceback."""

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from pinlabs_mailer import resources
from pinlabs_mailer.app import App
from pinlabs_mailer.db.engine import writing
from tests.support import processes
from tests.support.contents import contents
from tests.support.installations import add_posts, confirmed
from tests.support.program import COMMAND, Done, Program
from tests.support.relay import Hang, Relay, on

pytestmark = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
DUE = ("send-digest", "--now", "2026-11-24T09:00:00Z")


def test_all_faults_of_the_settings_are_told_at_once(program: Program) -> None:
    wrong: dict[str, Any] = {
        "base_url": "news",
        "from": "news at pinlabs",
        "max_post": "6",
        "only_to": "a\udcff",
    }
    done = program("topic", "list", code=3, **wrong)
    for told in (
        "PINLABS_BASE_URL is 'news': write an address such as https://",
        "PINLABS_FROM is 'news at pinlabs': write Name <address>",
        "PINLABS_MAX_POST is not a setting: did you mean PINLABS_MAX_POSTS?",
        "PINLABS_ONLY_TO is not UTF-8",
    ):
        assert told in done.err
    assert "hush" not in program("topic", "list", code=3, smtp_url="smtp://u:hush@x").err
    Path("other.toml").write_text('schedule = "now and then"')
    done = program("--config", "other.toml", "topic", "list", code=3)
    assert "schedule in other.toml is 'now and then': write weekly tuesday 09:00" in done.err


def test_databases_that_cannot_be_used(program: Program, database_url: str, inside: App) -> None:
    Path("diary.db").write_text("Dear diary, " * 1000)
    for url, code, told in (
        ("sqlite:///nowhere.db", 3, "db upgrade"),
        ("sqlite:////nowhere/x.db", 3, "Check that the folder exists"),
        ("sqlite:///diary.db", 3, "no SQLite database"),
        ("nonsense", 3, "is not a database URL"),
        ("postgresql://me:hush@127.0.0.1:1/x", 75, "does not answer"),
    ):
        done = program("topic", "list", code=code, database_url=url)
        assert told in done.err
        assert "hush" not in done.err
    assert not Path("nowhere.db").exists()
    with writing(inside.engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    before = contents(database_url)
    for command in ("topic list", "db upgrade", "send-digest"):
        assert "newer than this version" in program(*command.split(), code=3).err
    assert contents(database_url) == before


def test_a_read_only_database(program: Program, tmp_path: Path) -> None:
    (tmp_path / "pinlabs-mailer.db").chmod(0o400)
    # File modes do not bind root, unless it gives up the right to pass over them.
    ordinary = [str(processes.find_program("setpriv")), "--bounding-set=-dac_override"]
    for words in (["topic", "add", "talks", "--title", "Talks"], list(DUE)):
        done = run(program, [*(ordinary if os.geteuid() == 0 else []), *COMMAND, *words])
        assert (done.code, done.out) == (3, "")
        assert "is read-only" in done.err


def test_a_template_with_an_undefined_name(
    program: Program, inside: App, relay: Relay, database_url: str, tmp_path: Path
) -> None:
    confirmed(inside, "ada@example.org")
    add_posts(inside, 1, 1, inside.clock())
    copy = tmp_path / "copy"
    for folder in ("migrations", "templates"):
        shutil.copytree(resources.directory(folder), copy / folder)
    shutil.copytree(Path(resources.__file__).parent, copy / "src" / "pinlabs_mailer")
    with (copy / "templates" / "email" / "digest" / "body.txt").open("a") as body:
        body.write("{{ brand.motto }}")
    before = contents(database_url)
    done = run(program, [*COMMAND, *DUE], PYTHONPATH=str(copy / "src"))
    assert (done.code, done.out) == (3, "")
    assert "body.txt, line" in done.err
    assert "motto" in done.err
    assert contents(database_url) == before
    assert relay.messages == []


def test_a_terminal_of_ascii(program: Program) -> None:
    name = "Zoë".encode()
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    program("subscribe", "zoe@example.org", "--no-wait", "--name", name)
    assert "Zoë" in run(program, [*COMMAND, "subscriber", "list"], LC_ALL="C").out
    shown = run(program, [*COMMAND, "subscriber", "list"], **ascii_only)
    assert (shown.code, "Zo\\xeb" in shown.out) == (0, True)
    shown = run(program, [*COMMAND, "subscriber", "list", "--json"], **ascii_only)
    assert shown.items[0]["name"] == "Zoë"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("{} topic list --json | true", 0),
        ("{} topic list >&-", 0),
        ("{} topic list --json >&- 2>&- <&-", 0),
        ("{} topic list >/dev/full", 1),
        ("{} returns take - <&-", 1),
        ("{} returns take - 2>/dev/full", 1),
    ],
)
def test_streams_that_are_closed_or_full(program: Program, line: str, code: int) -> None:
    done = run(program, ["sh", "-c", line.format(" ".join(COMMAND))])
    assert done.code == code
    assert "Exception" not in done.err
    if "/dev/full" in line and "2>" not in line:
        assert "cannot be written: No space left on device" in done.err


def test_ctrl_c_in_the_middle_of_a_digest(program: Program, inside: App, relay: Relay) -> None:
    relay.play(rules=(on("RCPT", Hang()),))
    confirmed(inside, "ada@example.org")
    add_posts(inside, 1, 1, inside.clock())
    with program.running(*DUE, says="", end=signal.SIGINT) as running:
        processes.wait_until("it is at RCPT", lambda: "RCPT" in " ".join(relay.commands))
    assert running.code == 75
    assert "Run it again" in running.said
    assert relay.messages == []


def run(program: Program, command: Sequence[str], **environment: str) -> Done:
    """Run a command line that has the program in it."""
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=program.environment() | environment,
        timeout=60,
        check=False,
    )
    ended = Done(done.returncode, done.stdout.decode(), done.stderr.decode())
    assert "Traceback" not in ended.err, ended.err
    return ended
