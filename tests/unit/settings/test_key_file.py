"""The file of signing keys: made once, private, never replaced."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.unit.settings.loading import KEY

from pinlabs_mailer.errors import ConfigurationError
from pinlabs_mailer.settings import secret_keys


def test_configured_keys_need_no_file(tmp_path: Path) -> None:
    assert secret_keys((KEY,), tmp_path / "x.db") == (KEY,)
    assert list(tmp_path.iterdir()) == []


def test_with_postgresql_keys_must_be_configured() -> None:
    with pytest.raises(ConfigurationError, match="PINLABS_SECRET_KEYS is not set"):
        secret_keys(None, None)


def test_keys_are_made_once_and_kept_private(tmp_path: Path) -> None:
    made = secret_keys(None, tmp_path / "mail.db")
    assert secret_keys(None, tmp_path / "mail.db") == made
    assert len(made) == 1
    assert len(made[0]) >= 32
    (file,) = tmp_path.iterdir()
    assert file.name == "mail.keys"
    assert file.stat().st_mode & 0o777 == 0o600
    assert secret_keys(None, tmp_path / "other.db") != made


MAKE_KEYS = """
import sys
from pathlib import Path
from pinlabs_mailer.settings import secret_keys
print("ready", flush=True)
sys.stdin.readline()
for number in range(100):
    print(secret_keys(None, Path(f"{number}.db"))[0])
"""


def test_two_processes_that_start_at_once_agree(tmp_path: Path) -> None:
    both = [
        subprocess.Popen(
            [sys.executable, "-c", MAKE_KEYS],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
        )
        for _ in range(2)
    ]
    for process in both:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in both:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    first, second = (process.communicate(timeout=60)[0].split() for process in both)
    assert [process.returncode for process in both] == [0, 0]
    assert first == second
    assert len(set(first)) == 100
    assert sorted(file.suffix for file in tmp_path.iterdir()) == [".keys"] * 100  # no drafts left
    assert {file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == {0o600}


@pytest.mark.parametrize("content", [b"", b"short", b"\xff" * 40])
def test_a_spoilt_key_file_is_told_and_never_replaced(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "mail.keys").write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"mail\.keys cannot be used") as caught:
        secret_keys(None, tmp_path / "mail.db")
    assert "backup" in str(caught.value)
    assert (tmp_path / "mail.keys").read_bytes() == content


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be written"):
        secret_keys(None, tmp_path / "nowhere" / "mail.db")
