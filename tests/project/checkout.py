"""Which files belong to the project."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def files(*patterns: str) -> list[Path]:
    """Return the files that are committed, or would be with `git add --all`."""
    # Git refuses a checkout that another user owns, unless told that it is known.
    git = ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z"]
    listing = subprocess.run(
        [*git, "--cached", "--others", "--exclude-standard", "--", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    found = {ROOT / name for name in listing.stdout.split("\0") if name}
    return sorted(path for path in found if path.is_file())


def read(path: Path) -> str:
    """Return the text of a file, as far as it is one."""
    return path.read_text(encoding="utf-8", errors="replace")
