"""What is published works away from the checkout: the wheel, and the unpacked sdist."""

import json
import os
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.project.checkout import ROOT

TRY_STORE = """
import sys
from datetime import UTC, datetime
import pinlabs_mailer
from pinlabs_mailer import resources
from pinlabs_mailer.db import engine, schema
store = engine.open_engine("sqlite:///news.db")
assert schema.upgrade(store, datetime.now(UTC)) == schema.head()
print(pinlabs_mailer.__file__, *map(resources.directory, ["migrations", "templates"]), sep="\\n")
"""
PROGRAM = "from pinlabs_mailer.cli import main; main()"
FEED = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "Projects",
    "items": [
        {
            "id": "1",
            "url": "https://labs.example/one",
            "title": "The first project",
            "content_text": "What it does.",
            "date_published": "2026-11-20T08:00:00Z",
        }
    ],
}
SETTINGS = {
    "PINLABS_DATABASE_URL": "sqlite:///news.db",
    "PINLABS_BASE_URL": "http://127.0.0.1:8025",
    "PINLABS_FROM": "Labs <news@example.org>",
    "PINLABS_POSTAL_ADDRESS": "Labs, 1 Some Street, Some Town",
}


@dataclass(frozen=True)
class Installation:
    """A Python that has the package, and where its files are."""

    python: Path
    place: Path
    search: str = ""

    def run(self, *words: str, settings: Mapping[str, str] | None = None) -> str:
        """Run it on those arguments in the current folder, which is not the checkout."""
        ours = ("PINLABS_", "PYTHON", "VIRTUAL_ENV")
        env = {key: value for key, value in os.environ.items() if not key.startswith(ours)}
        env |= {"PYTHONPATH": self.search} if self.search else {}
        return run([str(self.python), *words], env | dict(settings or {}))


def run(
    command: Sequence[str], env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> str:
    done = subprocess.run(
        command, env=env, cwd=cwd, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


def build(source: Path, target: str, into: Path) -> Path:
    run([sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(into)], cwd=source)
    (made,) = into.iterdir()
    return made


@pytest.fixture(scope="session")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sdist of the checkout, unpacked."""
    folder = tmp_path_factory.mktemp("sdist")
    with tarfile.open(build(ROOT, "sdist", folder / "packed")) as archive:
        archive.extractall(folder / "unpacked", filter="data")
    (unpacked,) = (folder / "unpacked").iterdir()
    return unpacked


@pytest.fixture(scope="session")
def wheel(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the sdist, as `pip install` of an sdist does it."""
    return build(sdist, "wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """A clean environment with the wheel in it, and the dependencies lent by ours."""
    folder = tmp_path_factory.mktemp("clean")
    run([sys.executable, "-m", "venv", "--without-pip", str(folder)])
    python = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install"]
    run([*pip, "--quiet", "--no-deps", "--no-index", str(wheel)])
    packages = Path(
        run([str(python), "-c", "import site; print(site.getsitepackages()[0])"]).strip()
    )
    # A path in a .pth file only lengthens the search: .pth files over there, such as the one
    # that makes our checkout importable, are not read.
    (packages / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return Installation(python, packages)


@pytest.fixture(params=["wheel", "sdist"])
def installation(request: pytest.FixtureRequest) -> Installation:
    if request.param == "wheel":
        found: Installation = request.getfixturevalue("installed")
        return found
    unpacked: Path = request.getfixturevalue("sdist")
    return Installation(Path(sys.executable), unpacked, search=str(unpacked / "src"))


def test_the_store_is_set_up_from_files_that_came_with_the_package(
    installation: Installation,
) -> None:
    places = installation.run("-c", TRY_STORE).split()
    assert len(places) == 3
    assert all(Path(place).is_relative_to(installation.place) for place in places)
    assert Path("news.db").exists()


def test_the_next_digest_can_be_seen_from_any_folder(installation: Installation) -> None:
    def mailer(*words: str) -> str:
        return installation.run("-c", PROGRAM, *words, settings=SETTINGS)

    Path("feed.json").write_text(json.dumps(FEED))
    mailer("db", "upgrade")
    mailer("post", "import", "feed.json")
    mailer("subscribe", "ada@example.net", "--confirmed", "--evidence", "asked on paper")
    mailer("preview", "--out", "next")
    suffixes = {path.suffix for path in Path("next").iterdir()}
    assert {".eml", ".html", ".txt"} <= suffixes
    (letter,) = Path("next").glob("*.txt")
    assert "The first project" in letter.read_text()

    mailer(
        "subscribe", "bob@example.net", "--locale", "de", "--confirmed", "--evidence", "the same"
    )
    mailer("preview", "--for", "bob@example.net", "--out", "german")
    (letter,) = Path("german").glob("*.txt")
    assert "Diese Mails abbestellen" in letter.read_text()


def test_the_command_is_on_the_path_of_the_environment(installed: Installation) -> None:
    said = run([str(installed.python.parent / "pinlabs-mailer"), "--help"])
    assert "send-digest" in said


def test_the_wheel_is_the_same_from_the_checkout_and_from_the_sdist(
    wheel: Path, tmp_path: Path
) -> None:
    direct = build(ROOT, "wheel", tmp_path / "direct")
    assert sorted(zipfile.ZipFile(direct).namelist()) == sorted(zipfile.ZipFile(wheel).namelist())


def test_the_wheel_holds_the_licence_and_no_tests(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert any(name.endswith("/licenses/LICENSE") for name in names)
    assert {name.split("/")[0].split("-")[0] for name in names} == {"pinlabs_mailer"}
    assert not [name for name in names if name.endswith(".pyc")]


@pytest.mark.parametrize("name", ["LICENSE", "README.md", "CHANGELOG.md", "requirements/dev.txt"])
def test_the_sdist_holds_what_a_packager_looks_for(sdist: Path, name: str) -> None:
    assert (sdist / name).is_file()
