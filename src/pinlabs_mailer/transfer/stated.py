"""What a row of a file states about a person, before anything of it is checked. Pure."""

from collections.abc import Callable, Sequence
from typing import NamedTuple


class Stated(NamedTuple):
    """The fields that every form of file is turned into. An empty one says nothing."""

    email: str
    name: str = ""
    locale: str = ""
    timezone: str = ""
    frequency: str = ""
    topics: str = ""
    """Slugs, joined by `;`."""
    status: str = ""
    """`confirmed`, `pending`, `withdrawn`, `expired`, or `none` for a suppression without a
    subscription; empty: as the evidence says."""
    consented_at: str = ""
    evidence: str = ""
    withdrawn_at: str = ""
    suppressed: str = ""
    """Why the address must get nothing: `bounce`, `complaint` or `manual`."""
    note: str = ""
    """More about the suppression, or the withdrawal."""


Reading = Callable[[Sequence[str]], Stated]
"""Turns the cells of one record into what they state."""
