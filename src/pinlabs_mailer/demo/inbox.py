"""The inbox: pages that show the mails which were caught."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from pinlabs_mailer.demo.catcher import Catcher, Caught
from pinlabs_mailer.languages import named
from pinlabs_mailer.web.pages import Pages

_FRAMING = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'; frame-src 'self'"
)
_IN_NEW_TABS = '<head>\n<base target="_blank">'


class Inbox:
    """GET of /inbox, /inbox/NUMBER and /inbox/NUMBER/html."""

    def __init__(self, catcher: Catcher, pages: Pages, base_url: str) -> None:
        self._mails, self._pages = catcher.mails, pages
        self._in_frame = {
            # The mail as a mail program shows it: styles of its own and pictures, no script.
            "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; "
            f"img-src 'self' {base_url}; form-action 'none'; frame-ancestors 'self'"
        }

    def routes(self) -> list[BaseRoute]:
        """Return the routes for `create_site`."""
        return [
            Route("/inbox", self.index),
            Route("/inbox/{number:int}", self.mail),
            Route("/inbox/{number:int}/html", self.html),
        ]

    async def index(self, _request: Request) -> Response:
        """List the mails, the latest first."""
        listed = [
            {"url": f"/inbox/{number}", **_headline(caught)}
            for number, caught in enumerate(self._mails, 1)
        ]
        return self._pages.show("inbox", language=named(), mails=listed[::-1])

    async def mail(self, request: Request) -> Response:
        """Show one mail: its HTML in a frame, its text, its headers as they came."""
        caught = self._find(request)
        page = self._pages.show(
            "inbox_mail",
            language=named(),
            inbox_url="/inbox",
            mail={
                **_headline(caught),
                "html_url": f"{request.url.path}/html",
                "text": caught.part("plain"),
                "headers": list(caught.message.raw_items()),
            },
        )
        page.headers["content-security-policy"] = _FRAMING
        return page

    async def html(self, request: Request) -> Response:
        """Show the HTML part itself. Its links open outside the frame, as in a mail program."""
        html = self._find(request).part("html")
        return HTMLResponse(html.replace("<head>", _IN_NEW_TABS, 1), headers=self._in_frame)

    def _find(self, request: Request) -> Caught:
        number: int = request.path_params["number"]
        if not 0 < number <= len(self._mails):
            raise HTTPException(404)
        return self._mails[number - 1]


def _headline(caught: Caught) -> dict[str, str]:
    return {
        **{name: str(caught.message[name]) for name in ("subject", "from", "to")},
        "time": f"{caught.at.astimezone():%H:%M:%S}",
    }
