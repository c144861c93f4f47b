"""The clock jumps an hour while a sender runs (libfaketime): nothing lost, nothing twice."""

import time
from pathlib import Path

import pytest

from tests.faults.conftest import Verify
from tests.faults.scene import Scene

PLACES = ("/usr/lib/*/faketime", "/usr/lib/faketime", "/usr/local/lib/faketime")


@pytest.mark.short("sqlite")
@pytest.mark.parametrize("hours", [(-1, 1), (1, -1)])
def test_the_clock_jumps(scene: Scene, verify: Verify, hours: tuple[int, int]) -> None:
    clock = Path("clock").absolute()
    clock.write_text("+0")
    scene.extra_environment = {
        "LD_PRELOAD": str(_libfaketime()),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    scene.relay.play(latency=0.02)
    sender = scene.start()
    for part, by in enumerate(hours, start=1):
        scene.relay.wait_for(scene.readers * part // 4)
        _set(clock, f"{by:+}h")
    time.sleep(0.2)
    scene.relay.play(latency=0)
    assert sender.wait() == 0
    scene.until_idle()
    assert scene.doubted() == set()
    there, back = ("back", "forward") if hours[0] < 0 else ("forward", "back")
    verify(f"clock {there} an hour, then {back}")


def _set(clock: Path, said: str) -> None:
    fresh = clock.with_suffix(".new")
    fresh.write_text(said)
    fresh.replace(clock)


def _libfaketime() -> Path:
    for pattern in PLACES:
        for found in Path("/").glob(pattern.lstrip("/") + "/libfaketimeMT.so.1"):
            return found
    pytest.skip("libfaketime is not installed on this machine")
