"""Where the samples lead: a page for each, and the pictures of the posts."""

from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from pinlabs_mailer.demo import samples
from pinlabs_mailer.languages import named
from pinlabs_mailer.web.pages import Pages


def routes(pages: Pages) -> list[BaseRoute]:
    """Return the routes for `create_site`."""

    async def story(request: Request) -> Response:
        found = samples.stories().get(request.path_params["slug"])
        if found is None:
            raise HTTPException(404)
        picture = f"/pictures/{Path(found['image']).name}" if "image" in found else ""
        told = {"image_alt": "", **found, "picture": picture}
        return pages.show("story", language=named(), story=told)

    return [
        Route("/stories/{slug}", story),
        Mount("/pictures", StaticFiles(directory=samples.PICTURES)),
    ]
