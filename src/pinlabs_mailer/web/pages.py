"""Rendering a page: the template, the brand, the language, and what every page carries.

The operator's templates come first, file by file. `original/join.html` always names ours, so that
one of theirs can extend it. All are read when this is made: a fault in one is told then.
"""

import hashlib
from collections.abc import Mapping

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
    TemplateError,
    TemplateSyntaxError,
)
from starlette.responses import HTMLResponse

from pinlabs_mailer import languages, resources
from pinlabs_mailer.app import App
from pinlabs_mailer.errors import ConfigurationError
from pinlabs_mailer.languages import Language
from pinlabs_mailer.web import speaking


class Pages:
    """Fills the templates of `templates/web`."""

    def __init__(self, app: App) -> None:
        self._brand = app.masthead.context()
        self._written: dict[tuple[str, str], str] = {}
        self._environment = Environment(
            loader=_loader(app),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        languages.prepare(self._environment)
        for name in self._environment.list_templates(["html"]):
            self._compile(name)

    def show(
        self, page: str, code: int = 200, *, language: Language | None = None, **context: object
    ) -> HTMLResponse:
        """Return the page `templates/web/<page>.html`.

        `language` is that of the person whom a token names; else it is that of the request.
        """
        language = language or speaking.language()
        return _answer(self._write(page, language, context), code, language)

    def show_to_all(
        self, page: str, code: int = 200, *, language: Language | None = None, **context: object
    ) -> HTMLResponse:
        """The same for a page whose context depends on the language alone: it is written once."""
        language = language or speaking.language()
        place = page, language.code
        if place not in self._written:
            self._written[place] = self._write(page, language, context)
        return _answer(self._written[place], code, language)

    def _write(self, page: str, language: Language, context: Mapping[str, object]) -> str:
        return self._environment.get_template(f"{page}.html").render(
            brand=self._brand,
            languages=languages.every(),
            **language.words(),
            **context,
        )

    def version(self, page: str) -> str:
        """Return which form of a page is shown today, for the consent record (item C1)."""
        assert self._environment.loader is not None
        source, _, _ = self._environment.loader.get_source(self._environment, f"{page}.html")
        return f"{page} {hashlib.sha256(source.encode()).hexdigest()[:12]}"

    def bad_link(self, code: int = 404) -> HTMLResponse:
        """The one answer to a link that is forged, cut, unknown or too old (item H5)."""
        ask_action = f"/link?lang={speaking.language().code}"
        return self.show_to_all("bad_link", code, ask_action=ask_action)

    def _compile(self, name: str) -> None:
        try:
            self._environment.get_template(name)
        except (TemplateError, UnicodeDecodeError) as error:
            place = f", line {error.lineno}" if isinstance(error, TemplateSyntaxError) else ""
            raise ConfigurationError(
                f"The page template {name}{place}: {error}", "Correct the template."
            ) from error


def _answer(text: str, code: int, language: Language) -> HTMLResponse:
    headers = {"content-language": language.code, "vary": "Accept-Language"}
    return HTMLResponse(text, code, headers)


def _loader(app: App) -> BaseLoader:
    ours = FileSystemLoader(resources.directory("templates") / "web")
    loaders: list[BaseLoader] = [ours, PrefixLoader({"original": ours})]
    if app.own_templates is not None:
        loaders.insert(0, FileSystemLoader(app.own_templates / "web"))
    return ChoiceLoader(loaders)
