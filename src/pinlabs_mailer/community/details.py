"""What is known of a person beside the address: language and time zone, checked. Pure."""

import re
from functools import cache
from zoneinfo import available_timezones

from pinlabs_mailer.errors import BadInput


def parse_locale(raw: str) -> str:
    """Return a language as it may be kept, or raise BadInput."""
    if not re.fullmatch(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})?", raw):
        raise BadInput(f"{raw[:40]!a} is no language.", "Write en, de or the like.")
    return raw


def parse_timezone(raw: str) -> str:
    """Return the name of a time zone, or none, or raise BadInput."""
    if raw and raw not in _zones():
        raise BadInput(f"{raw[:40]!a} is no time zone.", "Write one such as Europe/Berlin.")
    return raw


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())
