"""A database that is locked, restarted or has no room: results wait in memory until it is back."""

import resource
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import text

from pinlabs_mailer.db.engine import open_engine, writing
from pinlabs_mailer.db.words import DeliveryStatus as Status
from tests.faults.conftest import Verify
from tests.faults.scene import Scene
from tests.faults.sender import Sender
from tests.support.postgres import Postgres

ONLY_SQLITE = pytest.mark.parametrize("backend", ["sqlite"])
ONLY_POSTGRESQL = pytest.mark.parametrize("backend", ["postgresql"])
UNLIMITED = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


def test_locked_for_10_seconds(scene: Scene, verify: Verify) -> None:
    sender = _under_way(scene)
    with writing(scene.engine) as connection:  # on SQLite, BEGIN IMMEDIATE
        if connection.dialect.name == "postgresql":
            connection.execute(text("LOCK TABLE delivery IN ACCESS EXCLUSIVE MODE"))
        time.sleep(10)
        assert sender.running
    _finishes(scene, sender)
    verify("database locked for 10 s")


@ONLY_SQLITE
def test_locked_for_longer_than_sqlite_waits(scene: Scene, verify: Verify) -> None:
    sender = _under_way(scene)
    with writing(scene.engine):
        time.sleep(35)
    _finishes(scene, sender)
    verify("database locked for 35 s")


@pytest.mark.short
@ONLY_POSTGRESQL
def test_postgresql_restarted(scene: Scene, verify: Verify, postgres: Postgres) -> None:
    sender = _under_way(scene)
    for _ in range(3):
        postgres.restart()
        time.sleep(0.3)
    _finishes(scene, sender)
    verify("PostgreSQL restarted three times midway")


@ONLY_POSTGRESQL
def test_postgresql_away_for_5_seconds(scene: Scene, verify: Verify, postgres: Postgres) -> None:
    sender = _under_way(scene)
    postgres.stop()
    time.sleep(5)
    postgres.start()
    _finishes(scene, sender)
    verify("PostgreSQL away for 5 s")


@pytest.mark.short
@ONLY_SQLITE
def test_no_room_by_limit(scene: Scene, verify: Verify) -> None:
    """A limit on the size of files makes writes fail as a quota does, and needs no rights."""
    sender = _under_way(scene)
    resource.prlimit(sender.pid, resource.RLIMIT_FSIZE, (4096, UNLIMITED[1]))
    time.sleep(2)
    assert sender.running, sender.said
    resource.prlimit(sender.pid, resource.RLIMIT_FSIZE, UNLIMITED)
    _finishes(scene, sender)
    verify("no room for the SQLite file (quota)")


@ONLY_SQLITE
def test_disk_full(scene: Scene, verify: Verify, small_disk: Path) -> None:
    file = Path(str(scene.engine.url.database))
    with sqlite3.connect(file) as source, sqlite3.connect(small_disk / file.name) as target:
        source.backup(target)
        target.execute("PRAGMA journal_mode = WAL")
    url = f"sqlite:///{small_disk / file.name}"
    scene.engine = open_engine(url)
    scene.url = url
    scene.plan()
    sender = _under_way(scene)
    ballast = small_disk / "ballast"
    _fill_up(ballast)
    time.sleep(3)
    assert sender.running, sender.said
    taken = len(scene.relay.messages)
    time.sleep(1)
    stood_still = len(scene.relay.messages) == taken
    ballast.unlink()
    _finishes(scene, sender)
    verify("disk full for 4 s" + ("" if stood_still else " (it found room)"))
    scene.engine.dispose()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of a few megabytes, where we are allowed to make one."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(place)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no right to mount a small disk; the quota's test stands for it")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def _fill_up(ballast: Path) -> None:
    with suppress(OSError), ballast.open("wb", 0) as out:
        while True:
            out.write(bytes(4096))


def _under_way(scene: Scene) -> Sender:
    scene.relay.play(latency=0.02)
    sender = scene.start()
    scene.relay.wait_for(scene.readers // 5)
    return sender


def _finishes(scene: Scene, sender: Sender) -> None:
    """The same run goes on to its end, and nothing is left for another."""
    scene.relay.play(latency=0)
    assert sender.wait() == 0, sender.said
    scene.until_idle()
    assert len(scene.those(Status.ACCEPTED)) == scene.readers
    assert scene.doubted() == set()
