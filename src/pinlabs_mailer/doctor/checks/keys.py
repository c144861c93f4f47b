"""The secrets: long, random, and readable to us alone."""

import stat
from collections.abc import Iterator
from pathlib import Path

from pinlabs_mailer.doctor.finding import Finding, Topic
from pinlabs_mailer.doctor.subject import Subject
from pinlabs_mailer.errors import ConfigurationError
from pinlabs_mailer.settings import secret_keys

STRENGTH = Topic("keys.strength", "H5, A3")
FILES = Topic("keys.files", "docs/operations.md")

_FEWEST_SIGNS = 10
_SECRETS = ("secret_keys", "smtp_url", "database_url")


def check(subject: Subject) -> Iterator[Finding]:
    """Are the keys of links strong, and do files keep secrets?"""
    settings = subject.settings
    url = subject.app.bare_engine.url
    beside = None
    if url.get_backend_name() == "sqlite":
        beside = Path(str(url.database)).with_suffix(".keys")
    if settings.secret_keys is None and (beside is None or not beside.exists()):
        seen = "There are no keys that sign links yet."
        if beside is None:
            yield STRENGTH.error(seen, "Set PINLABS_SECRET_KEYS.", configuration=True)
        else:
            yield STRENGTH.ok("A key is made when the first link is signed")
    else:
        try:
            keys = secret_keys(settings.secret_keys, beside and beside.with_suffix(".db"))
            yield _strength(keys)
        except ConfigurationError as error:
            yield STRENGTH.error(error.what, error.next_step, configuration=True)
    for path in _files(subject, beside if settings.secret_keys is None else None):
        yield from _file(path)


def _strength(keys: tuple[str, ...]) -> Finding:
    weak = [number for number, key in enumerate(keys, 1) if len(set(key)) < _FEWEST_SIGNS]
    return STRENGTH.judged(
        f"Key number {weak[0]} of PINLABS_SECRET_KEYS is of few signs, and may be guessed."
        if weak
        else "",
        f"{len(keys)} key{'s' * (len(keys) != 1)} of {min(map(len, keys))} or more characters",
        "Put a random one in front: python3 -c 'import secrets; print(secrets.token_urlsafe(32))'",
    )


def _files(subject: Subject, beside: Path | None) -> list[Path]:
    """Return the files that hold secrets, each once: keys, and settings with secrets in them."""
    settings = subject.settings
    places = [settings.origins[name].place for name in _SECRETS if settings.origins[name].raw]
    found = [Path(place) for place in places if place.endswith(".toml")]
    found += [Path(settings.dkim_key)] if settings.dkim_key else []
    found += [beside] if beside else []
    return list(dict.fromkeys(found))


def _file(path: Path) -> Iterator[Finding]:
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return  # whoever needs the file says so
    remedy = f"chmod 600 {path}"
    if mode & stat.S_IRWXO:
        yield FILES.error(f"Everybody on this machine can use {path} (mode {mode:04o}).", remedy)
    elif mode & stat.S_IRWXG:
        yield FILES.warning(f"A group can use {path} (mode {mode:04o}).", remedy)
    else:
        yield FILES.ok(f"{path} is ours alone")
