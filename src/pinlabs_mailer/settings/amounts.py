"""The forms that numbers, durations and rates take; each parser as in `values`."""

import re
from collections.abc import Callable
from datetime import timedelta

_LONGEST = timedelta(days=36500)
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def count(low: int, high: int) -> Callable[[str], int]:
    """A whole number within bounds."""

    def parse(raw: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", raw) or not low <= int(raw) <= high:
            raise ValueError(f"write a whole number from {low} to {high}")
        return int(raw)

    return parse


def duration(raw: str) -> timedelta:
    """A number and a unit: 30s, 5m, 3h, 90d."""
    match = re.fullmatch(r"([0-9]{1,6})([smhd])", raw.strip())
    if match is None or int(match[1]) == 0:
        raise ValueError("write a number and s, m, h or d, such as 90d")
    length = timedelta(seconds=int(match[1]) * _UNITS[match[2]])
    if length > _LONGEST:
        raise ValueError(f"write at most {_LONGEST.days}d")
    return length


def rate(raw: str) -> float:
    """A number per second, minute or hour: 50/s, 1000/m, 20000/h. Returns how many a second."""
    match = re.fullmatch(r"([0-9]{1,7})/([smh])", raw.strip())
    if match is None or int(match[1]) == 0:
        raise ValueError("write a number per s, m or h, such as 50/s")
    return int(match[1]) / _UNITS[match[2]]


def rates(raw: str) -> dict[str, float]:
    """Rates by destination: google=20/s,*=5/s."""
    return {name: rate(value) for name, value in pairs(raw).items()}


def pairs(raw: str) -> dict[str, str]:
    """Names and values: gmail.com=google,googlemail.com=google."""
    found: dict[str, str] = {}
    for part in raw.split(","):
        name, equals, value = part.strip().partition("=")
        if not equals or not re.fullmatch(r"[A-Za-z0-9.*-]+", name) or not value.strip():
            raise ValueError("write name=value with commas between them")
        found[name.lower()] = value.strip().lower()
    return found


def durations(raw: str) -> tuple[timedelta, ...]:
    """Durations with commas between them."""
    return tuple(duration(part) for part in raw.split(","))
