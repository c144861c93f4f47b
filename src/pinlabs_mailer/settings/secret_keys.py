"""The signing keys: from the settings, or made on first use beside a SQLite file."""

import os
import secrets
from pathlib import Path

from pinlabs_mailer.errors import ConfigurationError
from pinlabs_mailer.settings.values import keys


def secret_keys(configured: tuple[str, ...] | None, sqlite_file: Path | None) -> tuple[str, ...]:
    """Return the keys, the first of which signs.

    Two processes that start at once agree: the file is written whole under a name of its own
    and then linked to its place, which only the first manages.
    """
    if configured:
        return configured
    if sqlite_file is None:
        raise ConfigurationError(
            "PINLABS_SECRET_KEYS is not set, and with PostgreSQL there is no file to keep keys in.",
            "Set it to 32 or more random characters: "
            "python3 -c 'import secrets; print(secrets.token_urlsafe(32))'",
        )
    place = sqlite_file.with_suffix(".keys")
    if not place.exists():
        _make(place)
    try:
        return keys(place.read_text(encoding="ascii"))
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"The file of signing keys {place} cannot be used: {error}.",
            "Restore it from a backup: without it the links in mails already sent do not work.",
        ) from error


def _make(place: Path) -> None:
    draft = place.with_name(f"{place.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        handle = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        try:
            os.write(handle, secrets.token_urlsafe(32).encode() + b"\n")
            os.fsync(handle)
        finally:
            os.close(handle)
        try:
            os.link(draft, place)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    except OSError as error:
        raise ConfigurationError(
            f"The file of signing keys {place} cannot be written: {error.strerror}.",
            "Let this user write to that folder, or set PINLABS_SECRET_KEYS.",
        ) from error
