"""The saved search as the page of preferences shows it and as it comes back: one value a line."""

from collections.abc import Sequence
from typing import NamedTuple

from starlette.datastructures import FormData

from pinlabs_mailer.community.search import LONGEST, MOST, Search, parse_search
from pinlabs_mailer.db.words import Employment
from pinlabs_mailer.errors import BadInput
from pinlabs_mailer.languages import Language, marked

_TYPED = ("departments", "locations", "words")
_EMPLOYMENTS = {
    Employment.FULL_TIME: marked("Full time"),
    Employment.PART_TIME: marked("Part time"),
    Employment.CONTRACT: marked("Contract"),
    Employment.TEMPORARY: marked("Temporary"),
    Employment.INTERN: marked("Internship"),
    Employment.OTHER: marked("Other"),
}


class Searching(NamedTuple):
    """The fields of the search, and what is wrong with them."""

    departments: str
    locations: str
    words: str
    employments: list[dict[str, str | bool]]
    errors: dict[str, str]
    wanted: Search | None = None
    """What was asked for, if nothing is wrong."""


def shown(search: Search, language: Language) -> Searching:
    """Return the fields for a search as it is."""
    typed = {name: "\n".join(getattr(search, name)) for name in _TYPED}
    return Searching(
        **typed, employments=_offered(search.employments, language), errors={}, wanted=search
    )


def read(fields: FormData, language: Language) -> Searching:
    """Return what came back."""
    typed = {name: str(fields.get(name, "")) for name in _TYPED}
    ticked = [str(one) for one in fields.getlist("employment")]
    errors = {}
    for name, value in typed.items():
        try:
            parse_search(**{name: value.splitlines()})
        except BadInput:
            errors[name] = language.gettext(
                "Write one a line, at most %(most)d, each of at most %(longest)d signs.",
                most=MOST,
                longest=LONGEST,
            )
    try:
        parse_search(employments=ticked)
    except BadInput:
        errors["employment"] = language.gettext("Choose from these kinds of employment.")
    wanted = None
    if not errors:
        lines = {name: value.splitlines() for name, value in typed.items()}
        wanted = parse_search(employments=ticked, **lines)
    return Searching(**typed, employments=_offered(ticked, language), errors=errors, wanted=wanted)


def _offered(chosen: Sequence[str], language: Language) -> list[dict[str, str | bool]]:
    return [
        {"value": one.value, "title": language.gettext(title), "checked": one in chosen}
        for one, title in _EMPLOYMENTS.items()
    ]
