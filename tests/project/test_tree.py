"""The tree stays small, well named, and free of the machine it was written on."""

import re
from pathlib import Path

import pytest

from tests.project.checkout import ROOT, files, read

VAGUE = {"utils", "util", "helpers", "common", "core", "misc", "manager", "service", "handler"}
SHARED_FOLDERS = {"/", "/tmp", "/var/tmp", "/home", "/root", "/opt", "/srv", "/mnt", "/usr/src"}
"""Folders whose names say nothing about one machine; documentation may name them."""


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_there_are_files_to_check() -> None:
    assert ROOT / "pyproject.toml" in files()


def test_no_source_file_is_longer_than_300_lines() -> None:
    sources = files("src/*.py", "tests/*.py", "benchmarks/*.py")
    lengths = {name_of(path): len(read(path).splitlines()) for path in sources}
    assert {name: length for name, length in lengths.items() if length > 300} == {}


def test_every_name_says_what_is_inside() -> None:
    parts = {
        part for path in files("*.py") for part in path.relative_to(ROOT).with_suffix("").parts
    }
    assert parts & VAGUE == set()


@pytest.mark.parametrize("folder", [ROOT, ROOT.parent], ids=["checkout", "parent"])
def test_no_file_names_a_folder_of_this_machine(folder: Path) -> None:
    if str(folder) in SHARED_FOLDERS:
        return
    mention = re.compile(rf"(?<![\w.}}-]){re.escape(str(folder))}(?![\w.-])")
    assert [name_of(path) for path in files() if mention.search(read(path))] == []
