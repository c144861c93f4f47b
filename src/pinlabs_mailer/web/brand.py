"""What an operator's installation looks like: the style sheets and the logo, from our own host."""

from pathlib import Path

from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Route

from pinlabs_mailer import resources
from pinlabs_mailer.app import App
from pinlabs_mailer.errors import ConfigurationError
from pinlabs_mailer.settings.values import PICTURES

_KEPT = {"cache-control": "max-age=3600"}
_LARGEST = 500_000
_BEGINS = {
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/webp": (b"RIFF",),
    "image/svg+xml": (b"<svg", b"<?xml", b"<!--", b"<!DOCTYPE svg"),
}
_BRAND = """\
:root {{ --accent: {light}; }}
@media (prefers-color-scheme: dark) {{ :root {{ --accent: {dark}; }} }}
"""


def routes(app: App) -> list[BaseRoute]:
    """Return the routes of what pages look like; files that are wrong are told at once."""
    site_css = template(app, "site.css")
    brand_css = _BRAND.format(**app.masthead.accent._asdict())
    found: list[BaseRoute] = [
        Route("/static/site.css", lambda _request: FileResponse(site_css, headers=_KEPT)),
        Route(
            "/static/brand.css",
            lambda _request: Response(brand_css, media_type="text/css", headers=_KEPT),
        ),
    ]
    if app.settings.brand_logo is not None:
        logo, media_type = _logo(Path(app.settings.brand_logo))
        found.append(
            Route(
                "/static/logo",
                lambda _request: Response(logo, media_type=media_type, headers=_KEPT),
            )
        )
    return found


def template(app: App, name: str) -> Path:
    """Return the file of a page: the operator's, if there is one, else ours."""
    own = app.own_templates / "web" / name if app.own_templates else None
    return own if own and own.is_file() else resources.directory("templates") / "web" / name


def _logo(path: Path) -> tuple[bytes, str]:
    media_type = PICTURES[path.suffix.removeprefix(".").lower()]
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
    except OSError as error:
        raise ConfigurationError(
            f"The logo {path} cannot be read: {error.strerror}.",
            "Name a picture that this user may read with PINLABS_BRAND_LOGO.",
        ) from error
    begins = content.lstrip(b"\xef\xbb\xbf \t\r\n") if media_type == "image/svg+xml" else content
    if len(content) > _LARGEST or not begins.startswith(_BEGINS[media_type]):
        raise ConfigurationError(
            f"The logo {path} is no {media_type} picture of up to {_LARGEST // 1000} kB.",
            "Name a picture whose ending says what it is, and which is small.",
        )
    return content, media_type
