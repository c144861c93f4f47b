"""The words in which job boards say where and how somebody works, brought to ours."""

from collections.abc import Iterable

from pinlabs_mailer.db.words import Employment, Workplace

_WORKPLACES = {
    "onsite": Workplace.ONSITE,
    "office": Workplace.ONSITE,
    "inoffice": Workplace.ONSITE,
    "hybrid": Workplace.HYBRID,
    "remote": Workplace.REMOTE,
    "telecommute": Workplace.REMOTE,
}
_EMPLOYMENTS = {
    "fulltime": Employment.FULL_TIME,
    "permanent": Employment.FULL_TIME,
    "regular": Employment.FULL_TIME,
    "parttime": Employment.PART_TIME,
    "contract": Employment.CONTRACT,
    "freelance": Employment.CONTRACT,
    "temporary": Employment.TEMPORARY,
    "fixedterm": Employment.TEMPORARY,
    "seasonal": Employment.TEMPORARY,
    "perdiem": Employment.TEMPORARY,
    "intern": Employment.INTERN,
    "trainee": Employment.INTERN,
    "apprenticeship": Employment.INTERN,
    "volunteer": Employment.OTHER,
    "other": Employment.OTHER,
}


def workplace(word: str) -> Workplace:
    """Return where the work is done."""
    return _WORKPLACES.get(_bare(word), Workplace.UNKNOWN)


def employment(words: Iterable[str]) -> Employment:
    """Return the first sort of employment that is known. Boards have sentences there, too:
    "Full-time employee" is full-time."""
    for word in words:
        bare = _bare(word)
        for known, meaning in _EMPLOYMENTS.items():
            if bare.startswith(known):
                return meaning
    return Employment.UNKNOWN


def _bare(word: str) -> str:
    return "".join(c for c in word[:100].lower() if c.isalpha())
