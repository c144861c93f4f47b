"""Reading the settings: a TOML file, then PINLABS_* variables, each of which may be a `_FILE`."""

import difflib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pinlabs_mailer.errors import ConfigurationError
from pinlabs_mailer.settings.model import FIELDS, PREFIX, Origin, Settings
from pinlabs_mailer.settings.terms import contradictions

FILE_NAME = "pinlabs-mailer.toml"
_NOT_A_SETTING = "PINLABS_CONFIG"


def load(
    environ: Mapping[str, str], config: Path | None = None, folder: Path = Path(), /, **given: str
) -> Settings:
    """Return the settings in force.

    `config` is the file of `--config`; without it PINLABS_CONFIG, or the file in `folder`, the
    working directory, if there is one. `given` stands above both (for the demo). Raises
    ConfigurationError with all faults together.
    """
    faults: list[str] = []
    written: dict[str, Origin] = {}
    path = config or (Path(environ[_NOT_A_SETTING]) if environ.get(_NOT_A_SETTING) else None)
    if path is not None or (folder / FILE_NAME).is_file():
        written |= _from_file(path or folder / FILE_NAME, faults)
    written |= _from_environment(environ, faults)
    written |= {name: Origin(raw, "given") for name, raw in given.items()}
    parsed: dict[str, Any] = {}
    origins: dict[str, Origin] = {}
    for name, field in FIELDS.items():
        origin = written.get(name) or Origin(field.default, "default")
        origins[name] = origin
        parsed[name] = None
        if origin.raw is not None and _is_no_text(origin.raw):
            faults.append(f"{_label(name, origin)} is not UTF-8: write it in UTF-8")
        elif origin.raw is not None:
            try:
                parsed[name] = field.parse(origin.raw)
            except ValueError as error:
                shown = "" if field.hide else f" is {origin.raw[:80]!r}"
                faults.append(f"{_label(name, origin)}{shown}: {error}")
    if parsed["consent_term"] and parsed["renewal_reminders"]:
        faults += contradictions(
            parsed["consent_term"], parsed["consent_terms"], parsed["renewal_reminders"]
        )
    if faults:
        raise ConfigurationError(
            "The settings are not right:\n" + "\n".join(f"  - {fault}" for fault in faults)
        )
    parsed["from_"] = parsed.pop("from")
    return Settings(**parsed, origins=origins)


def shown(settings: Settings) -> dict[str, dict[str, str | None]]:
    """Return every setting as `config show` prints it: value and source, secrets hidden."""
    return {
        PREFIX + name.upper(): {
            "value": _hidden(name, origin.raw),
            "from": origin.place,
        }
        for name, origin in settings.origins.items()
    }


def _is_no_text(raw: str) -> bool:
    """Say whether bytes that are no text stand in it, as Python gets them from the environment."""
    return any("\ud800" <= c <= "\udfff" for c in raw)


def _hidden(name: str, raw: str | None) -> str | None:
    hide = FIELDS[name].hide
    return raw if raw is None or hide is None else hide(raw)


def _label(name: str, origin: Origin) -> str:
    if origin.place in ("default", "given"):
        return PREFIX + name.upper()
    return origin.place if origin.place.startswith(PREFIX) else f"{name} in {origin.place}"


def _from_file(path: Path, faults: list[str]) -> dict[str, Origin]:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(
            f"The settings file {path} cannot be read: {error.strerror}.",
            "Name an existing file with --config or PINLABS_CONFIG.",
        ) from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigurationError(
            f"The settings file {path} is not UTF-8: see line {line}.", "Save it in UTF-8."
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(
            f"The settings file {path} is not TOML: {error}.", "Mend that line."
        ) from error
    found: dict[str, Origin] = {}
    for name, value in table.items():
        raw = _as_text(value)
        if name not in FIELDS:
            faults.append(f"{name} in {path} is not a setting{_meant(name, list(FIELDS))}")
        elif raw is None:
            faults.append(f"{name} in {path}: write text, a number, true, false or a list of texts")
        else:
            found[name] = Origin(raw, str(path))
    return found


def _as_text(value: object) -> str | None:
    match value:
        case bool():
            return "true" if value else "false"
        case str() | int():
            return str(value)
        case list() if all(isinstance(part, str) for part in value):
            return ",".join(value)
    return None


def _from_environment(environ: Mapping[str, str], faults: list[str]) -> dict[str, Origin]:
    found: dict[str, Origin] = {}
    for variable in sorted(environ):
        if not variable.startswith(PREFIX) or variable == _NOT_A_SETTING:
            continue
        name = variable.removeprefix(PREFIX).lower()
        if not environ[variable]:
            continue
        if name in FIELDS:
            found.setdefault(name, Origin(environ[variable], variable))
        elif name.endswith("_file") and name.removesuffix("_file") in FIELDS:
            try:
                raw = Path(environ[variable]).read_text(encoding="utf-8").strip()
                found.setdefault(name.removesuffix("_file"), Origin(raw, variable))
            except (OSError, UnicodeDecodeError) as error:
                faults.append(f"{variable}: {environ[variable]} cannot be read ({error})")
        else:
            known = [PREFIX + key.upper() for key in FIELDS]
            faults.append(f"{variable} is not a setting{_meant(variable, known)}")
    return found


def _meant(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f": did you mean {close[0]}?" if close else ": remove it (`config show` lists all)"
