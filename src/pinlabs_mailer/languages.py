"""The languages that pages and mails speak: their words, their dates, and which one is meant.

English stands in the templates and in the code; any other language is a gettext catalogue,
`templates/locale/<code>/LC_MESSAGES/messages.po`, read once when it is first asked for. A new
folder there is a new language. What language somebody reads is decided upstairs: nothing here
knows a request or a person.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache, cached_property, lru_cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from jinja2 import Environment, pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

from pinlabs_mailer import resources
from pinlabs_mailer.errors import ConfigurationError

SOURCE = "en"
_REGIONS = {"en": "en_GB"}
"""Whose way of writing a date is meant: 24 November 2026."""
_RANGE = re.compile(
    r"\s*([A-Za-z]{1,8})(?:-[A-Za-z0-9-]*)?\s*(?:;\s*q=([01](?:\.[0-9]{0,3})?))?\s*"
)
_LONGEST_WISH = 500


def marked(message: str) -> str:
    """Return the message as it is: it is found here by whoever collects what to translate."""
    return message


@dataclass(frozen=True)
class Language:
    """One language: `code` as in `<html lang>`, `title` as its speakers call it."""

    code: str
    title: str
    _catalogue: NullTranslations = field(repr=False, compare=False)

    def gettext(self, message: str, **values: object) -> str:
        """Return a message in this language, with its values filled in."""
        return self._catalogue.gettext(message) % values

    def ngettext(self, one: str, many: str, number: int, **values: object) -> str:
        """Return the message that fits the number, which is `%(num)d` in it."""
        return self._catalogue.ngettext(one, many, number) % {"num": number, **values}

    def known(self, words: str) -> str:
        """Return words of ours in this language, and those of others as they are."""
        return self._catalogue.gettext(words) if words else ""

    def day(self, day: date) -> str:
        """Return a date as people write it: 24 November 2026."""
        return _day(self.code, day)

    def moment(self, when: datetime) -> str:
        """Return a date with its time and zone."""
        return self.gettext("%(day)s at %(time)s", day=self.day(when.date()), time=_time(when))

    def span(self, starts: datetime, ends: datetime | None, *, all_day: bool = False) -> str:
        """Return from when to when something is, both in the zone that it is told in.

        Thursday 26 November 2026, 18:00 to 20:00 CET. The end of a whole day is not part of it.
        What ends as it begins has no end that is known.
        """
        first = _weekday(self.code, starts.date())
        if all_day:
            last = (ends - timedelta(seconds=1)).date() if ends else starts.date()
            if last <= starts.date():
                return first
            return self.gettext("%(start)s to %(end)s", start=first, end=_weekday(self.code, last))
        if ends is None or ends <= starts:
            return f"{first}, {_time(starts)}"
        begins = f"{first}, {starts:%H:%M}"
        end = _time(ends)
        if ends.date() != starts.date():
            end = f"{_weekday(self.code, ends.date())}, {end}"
        return self.gettext("%(start)s to %(end)s", start=begins, end=end)

    def month(self, day: date) -> str:
        """Return the month of a date in short: Nov."""
        return _month(self.code, day)

    def words(self) -> dict[str, object]:
        """Return what a template needs to speak this language; see `prepare`."""
        return {
            "_": self._in_template,
            "gettext": self._in_template,
            "ngettext": self._number_in_template,
            "language": self,
        }

    @cached_property
    def _in_template(self) -> Callable[..., str]:
        @lru_cache(maxsize=1024)  # most have no values, and stand beside each item
        def alone(message: str, markup: bool) -> str:
            return filled(message, markup, {})

        def filled(message: str, markup: bool, values: Mapping[str, object]) -> str:
            text = self._catalogue.gettext(message)
            return (Markup(text) if markup else text) % values  # noqa: S704

        @pass_eval_context
        def gettext(around: EvalContext, message: str, **values: object) -> str:
            markup = around.autoescape
            return filled(message, markup, values) if values else alone(message, markup)

        return gettext

    @property
    def _number_in_template(self) -> Callable[..., str]:
        @pass_eval_context
        def ngettext(
            around: EvalContext, one: str, many: str, number: int, **values: object
        ) -> str:
            text = self._catalogue.ngettext(one, many, number)
            filled = {"num": number, **values}
            return (Markup(text) if around.autoescape else text) % filled  # noqa: S704

        return ngettext


def prepare(environment: Environment) -> None:
    """Let templates of this environment have messages.

    A message is part of the template: in HTML it is markup, and the values in it are escaped.
    What it becomes is decided when it is rendered, by `Language.words`.
    """
    environment.add_extension("jinja2.ext.i18n")
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_null_translations(newstyle=True)  # type: ignore[attr-defined]


def every() -> tuple[Language, ...]:
    """Return all languages, English first."""
    return tuple(_all().values())


@lru_cache(maxsize=256)
def named(code: str = SOURCE) -> Language:
    """Return the language with this code, else English. A region makes no difference."""
    return exactly(code) or _all()[SOURCE]


def exactly(code: str) -> Language | None:
    """Return the language with this code, None if it is not spoken here."""
    return _all().get(re.split("[-_]", code, maxsplit=1)[0].lower())


def wished(header: str) -> Language | None:
    """Return the language a browser's Accept-Language likes best of ours (RFC 9110 12.5.4)."""
    best: tuple[float, Language] | None = None
    for part in header[:_LONGEST_WISH].split(","):
        wish = _RANGE.fullmatch(part)
        language = _all().get(wish[1].lower()) if wish else None
        if wish is None or language is None:
            continue
        weight = float(wish[2] or 1)
        if weight > 0 and (best is None or weight > best[0]):
            best = weight, language
    return best[1] if best else None


def _time(when: datetime) -> str:
    """Return a time with its zone: 18:00 CET; where that is only an offset, 18:00 UTC+01."""
    zone = f"{when:%Z}"
    return f"{when:%H:%M} {'UTC' if zone[:1] in ('+', '-') else ''}{zone}"


@lru_cache(maxsize=4096)
def _day(code: str, day: date) -> str:
    from babel.dates import format_date  # slow to import, and few commands write a date

    return format_date(day, "long", locale=_REGIONS.get(code, code))


@lru_cache(maxsize=4096)
def _weekday(code: str, day: date) -> str:
    from babel.dates import format_date

    return format_date(day, "full", locale=_REGIONS.get(code, code))


@lru_cache(maxsize=4096)
def _month(code: str, day: date) -> str:
    from babel.dates import format_date

    return format_date(day, "MMM", locale=_REGIONS.get(code, code)).rstrip(".")


@cache
def _all() -> dict[str, Language]:
    from babel import Locale

    folder = resources.directory("templates") / "locale"
    found: dict[str, NullTranslations] = {SOURCE: NullTranslations()}
    for path in sorted(folder.glob("*/LC_MESSAGES/messages.po")):
        found[path.parent.parent.name] = _read(path)
    return {
        code: Language(code, Locale(code).get_display_name(code) or code, catalogue)
        for code, catalogue in found.items()
    }


def _read(path: Path) -> NullTranslations:
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import PoFileError, read_po

    compiled = BytesIO()
    try:
        with path.open("rb") as file:
            write_mo(compiled, read_po(file, abort_invalid=True))
    except (OSError, ValueError, PoFileError) as error:
        raise ConfigurationError(
            f"The translations in {path} cannot be read: {error}.", "Put the file right."
        ) from error
    compiled.seek(0)
    return GNUTranslations(compiled)
