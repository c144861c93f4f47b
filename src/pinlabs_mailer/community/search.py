"""A saved search: which jobs somebody wants to hear of, as a value. Pure.

Within departments, locations, employments and words any one is enough; all four must be met; one
that is empty is met by every job. How a value meets a job stands in `digest/shelf.py`; what a word
is stands here, because what has no word in it cannot be searched for.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from pinlabs_mailer.db.words import Employment
from pinlabs_mailer.errors import BadInput

MOST = 20
"""Values of one sort. The page says so too."""
LONGEST = 60
"""Signs in a value."""

# letters that are no base letter with a mark, and are typed without it all the same
_PLAIN = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ı": "i", "æ": "ae", "œ": "oe"})
_WORD = re.compile(r"[^\W_]+(?:\+\+|#)?")


@dataclass(frozen=True)
class Search:
    """What somebody looks for. Each value is kept as it was typed."""

    departments: tuple[str, ...] = ()
    locations: tuple[str, ...] = ()
    employments: tuple[Employment, ...] = ()
    words: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Say whether it asks for anything at all."""
        return bool(self.departments or self.locations or self.employments or self.words)


def words_of(text: str) -> list[str]:
    """Return the words of a text as they are compared: small and without accents.

    `c++` and `c#` stay whole. What stands between words, hyphens and stops included, separates.
    """
    if text.isascii():
        return _WORD.findall(text.lower())
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    bare = "".join(sign for sign in apart if not unicodedata.combining(sign))
    return _WORD.findall(bare.translate(_PLAIN))


def parse_search(
    departments: Iterable[str] = (),
    locations: Iterable[str] = (),
    employments: Iterable[str] = (),
    words: Iterable[str] = (),
) -> Search:
    """Return what was typed as a search, or raise BadInput."""
    return Search(
        _values("departments", departments),
        _values("locations", locations),
        _employments(employments),
        _values("words", words),
    )


def _values(name: str, raw: Iterable[str]) -> tuple[str, ...]:
    found: dict[tuple[str, ...], str] = {}
    for value in (" ".join(one.split()) for one in raw):
        if not value:
            continue
        compared = tuple(words_of(value))
        if len(value) > LONGEST or not compared or not value.isprintable():
            raise BadInput(
                f"{value[:LONGEST]!a} cannot be searched for among {name}.",
                f"Write a few words, {LONGEST} signs at most.",
            )
        found.setdefault(compared, value)
    if len(found) > MOST:
        raise BadInput(f"That is more than {MOST} {name}.", "Name fewer; none stands for all.")
    return tuple(found.values())


def _employments(raw: Iterable[str]) -> tuple[Employment, ...]:
    known = {one.value: one for one in Employment if one is not Employment.UNKNOWN}
    found = []
    for value in raw:
        if value not in known:
            raise BadInput(
                f"{value[:LONGEST]!a} is no sort of employment.", f"Use: {', '.join(known)}."
            )
        found.append(known[value])
    return tuple(dict.fromkeys(found))
