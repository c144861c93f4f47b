"""What the modules of job boards share: the address of a board, and that of its next page."""

import re
from dataclasses import replace

import httpx

from pinlabs_mailer.content import urls
from pinlabs_mailer.content.found import Reading
from pinlabs_mailer.errors import BadInput

MAX_BYTES = 50_000_000
"""Boards give the whole text of every job in one answer."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def address(location: str, base: str, **asked: str) -> str:
    """Return the address of a board that is given by its short name or by its full address.

    `asked` is added to the query of either, unless the full address says something else.
    """
    if location.lower().startswith(("https://", "http://")):
        url = urls.require(location, "The location")
    elif _NAME.fullmatch(location):
        url = httpx.URL(base.format(location))
    else:
        raise BadInput(
            f"{location[:80]!r} is neither the short name of a job board nor an address.",
            "Give the name as it stands in the board's address, such as acme.",
        )
    given = dict(url.params)
    return str(url.copy_with(params={**asked, **given})) if asked or given else str(url)


def followed(reading: Reading, url: str | None, offset: str, got: int, more: bool) -> Reading:
    """Return the reading of one page with the address of the next, if there is `more`.

    A page that has nothing though there should be more leaves the reading incomplete.
    """
    if not more:
        return reading
    if got == 0 or url is None:
        return replace(reading, complete=False)
    here = httpx.URL(url)
    at = here.params.get(offset, "0")
    following = int(at) + got if at.isdecimal() and len(at) < 10 else got
    return replace(reading, following=str(here.copy_set_param(offset, str(following))))
