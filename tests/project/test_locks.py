"""The locks hold everything that is needed, each file by its hash, and name no server."""

import re
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.project.checkout import ROOT, files, read

LOCKS = ("runtime", "dev")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
RUNTIME = PROJECT["project"]["dependencies"]
EXTRAS = list(chain.from_iterable(PROJECT["project"]["optional-dependencies"].values()))
DEV = PROJECT["dependency-groups"]["dev"]


@dataclass(frozen=True)
class Pin:
    requirement: Requirement
    hashes: tuple[str, ...]

    @property
    def version(self) -> str:
        return str(self.requirement.specifier).removeprefix("==")


def lock(name: str) -> dict[str, Pin]:
    """Return the pins of a lock by the name of the package."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text().replace("\\\n", " ")
    pins: dict[str, Pin] = {}
    for line in text.splitlines():
        words, *hashes = line.split(" --hash=")
        requirement = Requirement(words.strip())
        pins[canonicalize_name(requirement.name)] = Pin(requirement, tuple(map(str.strip, hashes)))
    return pins


@pytest.mark.parametrize("name", LOCKS)
def test_every_requirement_is_pinned_and_has_a_hash(name: str) -> None:
    for pin in lock(name).values():
        assert re.fullmatch(r"==[\w.!+]+", str(pin.requirement.specifier)), pin
        assert pin.requirement.url is None
        assert pin.hashes
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", each) for each in pin.hashes), pin


@pytest.mark.parametrize(
    ("name", "wanted"), [("runtime", RUNTIME + EXTRAS), ("dev", RUNTIME + EXTRAS + DEV)]
)
def test_the_lock_covers_what_pyproject_asks_for(name: str, wanted: list[str]) -> None:
    pins = lock(name)
    for requirement in map(Requirement, wanted):
        pin = pins[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(pin.version), requirement
        for extra in requirement.extras:
            assert canonicalize_name(f"{requirement.name}-{extra}") in pins, requirement


def test_both_locks_hold_the_same_versions() -> None:
    dev = lock("dev")
    assert all(dev[name].version == pin.version for name, pin in lock("runtime").items())


SERVER = re.compile(
    r"(?<!no-emit-)(?:index[-_]url|find[-_]links|trusted[-_]host)['\"]?[ =:]+\S*[./]", re.IGNORECASE
)


@pytest.mark.parametrize(
    ("line", "names_one"),
    [
        ("pip install --extra-index-url https://host/simple", True),
        ("PIP_INDEX_URL: 'https://host/simple'", True),
        ("--find-links=/opt/files", True),
        ("trusted-host = host.example", True),
        ("uv pip compile --no-emit-index-url pyproject.toml", False),
        ("--no-emit-find-links --no-annotate", False),
    ],
)
def test_a_package_server_is_recognised(line: str, names_one: bool) -> None:
    assert bool(SERVER.search(line)) is names_one


def test_no_file_sets_a_package_server() -> None:
    others = [path for path in files() if path != Path(__file__)]
    assert [path for path in others if SERVER.search(read(path))] == []


def test_no_file_names_the_servers_that_pip_is_set_up_with_here() -> None:
    said = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"],
        capture_output=True, text=True, check=True, timeout=60,
    ).stdout  # fmt: skip
    settings = re.findall(r"(?:index-url|find-links|trusted-host)='(.*)'$", said, re.MULTILINE)
    places = {place for value in settings for place in value.replace(r"\n", " ").split()}
    names = {urlsplit(place).hostname or urlsplit(place).path for place in places}
    names -= {"localhost", "127.0.0.1", "::1", "", "/"}
    assert [(name, path) for path in files() for name in names if name in read(path)] == []
