"""Loading settings in tests."""

from pathlib import Path

import pytest

from pinlabs_mailer.errors import ConfigurationError
from pinlabs_mailer.settings import load

PASSWORD = "s3cret-passw0rd"
KEY = "k" * 32


def one(name: str, raw: str) -> object:
    """Return what a single setting is read as."""
    settings = load({f"PINLABS_{name.upper()}": raw})
    return getattr(settings, "from_" if name == "from" else name)


def complaint(environ: dict[str, str], config: Path | None = None) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load(environ, config)
    return str(caught.value)


def toml(tmp_path: Path, text: str, name: str = "own.toml") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path
