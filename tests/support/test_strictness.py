"""What becomes of a skipped test, tried with a run of pytest of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.project.checkout import ROOT

TESTS = """
import pytest

@pytest.mark.skip(reason="no such program")
def test_skipped():
    pass

@pytest.mark.xfail(reason="known")
def test_expected_to_fail():
    assert False

def test_passes():
    pass
"""


@pytest.mark.parametrize(
    ("ci", "outcome"),
    [("true", "1 passed, 1 xfailed, 2 errors"), ("", "1 passed, 2 skipped, 1 xfailed")],
)
def test_a_skip_counts_as_failed_in_ci_only(tmp_path: Path, ci: str, outcome: str) -> None:
    (tmp_path / "test_some.py").write_text(TESTS)
    (tmp_path / "test_whole.py").write_text("import pytest\npytest.importorskip('nosuch')\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    options = ["-p", "tests.support.strictness", "-p", "no:cacheprovider", "-ra"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "--continue-on-collection-errors", tmp_path],
        env=os.environ | {"CI": ci, "PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode != 0) is (ci == "true")
    assert outcome in done.stdout
    assert "no such program" in done.stdout
