"""JSON from strangers: parsed, and asked for what it may or may not have."""

import json
from typing import Any

from pinlabs_mailer.content.decoding import decode
from pinlabs_mailer.errors import BadInput


def parse(body: bytes, what: str) -> Any:
    """Return what a document holds; `what` it should have been is told if it is no JSON."""
    try:
        return json.loads(decode(body))
    except json.JSONDecodeError as error:
        if decode(body[:200]).lstrip().startswith("<"):
            raise BadInput(
                f"It is a web page, and no {what}: perhaps one to log in.",
                "Open the address in a browser and check it.",
            ) from error
        raise BadInput(
            f"It is JSON that is cut off or broken: {error}.",
            "Fetch it again, or ask for a whole one where it comes from.",
        ) from error
    except (ValueError, RecursionError) as error:  # a number of thousands of digits; deep nesting
        raise BadInput(
            "It is JSON too deep or with numbers too long to read.",
            f"Check that this is the address of a {what}.",
        ) from error


def text(found: Any, *path: str) -> str:
    """Return the text at the end of a path of names; a number counts as its digits."""
    value = _at(found, path)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if abs(value) < 10**30 else ""
    return value if isinstance(value, str) else ""


def truth(found: Any, *path: str) -> bool:
    """Say whether there is a `true` at the end of a path."""
    return _at(found, path) is True


def listed(found: Any, *path: str) -> list[Any]:
    """Return the list at the end of a path, or an empty one."""
    value = _at(found, path)
    return value if isinstance(value, list) else []


def board(body: bytes, name: str, *path: str) -> list[Any]:
    """Return the postings of a job board's answer, which must have a list of them."""
    answer = parse(body, f"job board of {name}")
    found = _at(answer, path)
    if not isinstance(found, list):
        raise BadInput(
            f"It is JSON, but no job board of {name}: it has no list of postings.",
            "Check the name of the board.",
        )
    return found


def _at(value: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value
