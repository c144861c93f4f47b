"""Rendering a page: the template, the brand, and the headers that every page carries."""

import hashlib

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from pinlabs_mailer import resources
from pinlabs_mailer.app import App


class Pages:
    """Fills the templates of `templates/web`."""

    def __init__(self, app: App) -> None:
        self._brand = app.masthead.context()
        self._environment = Environment(
            loader=FileSystemLoader(resources.directory("templates") / "web"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def show(self, page: str, code: int = 200, **context: object) -> HTMLResponse:
        """Return the page `templates/web/<page>.html`."""
        template = self._environment.get_template(f"{page}.html")
        return HTMLResponse(template.render(brand=self._brand, **context), code)

    def version(self, page: str) -> str:
        """Return which form of a page is shown today, for the consent record (item C1)."""
        assert self._environment.loader is not None
        source, _, _ = self._environment.loader.get_source(self._environment, f"{page}.html")
        return f"{page} {hashlib.sha256(source.encode()).hexdigest()[:12]}"

    def bad_link(self) -> HTMLResponse:
        """The one answer to a link that is forged, cut, unknown or too old (item H5)."""
        return self.show("bad_link", 404)
