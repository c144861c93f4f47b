"""The links that are mailed for one wish each: another address, my data, erase me; and a new link.

What a link does is done by its button. It lives a day and works once (`community/wishes.py`).
"""

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from pinlabs_mailer import languages
from pinlabs_mailer.app import App, holdings
from pinlabs_mailer.community import erasure, joining, moving, sign_ups, subscribers, wishes
from pinlabs_mailer.community.address import parse_address
from pinlabs_mailer.community.holdings import held
from pinlabs_mailer.community.wishes import PURPOSES
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.db.words import WishKind
from pinlabs_mailer.errors import BadAddress
from pinlabs_mailer.languages import Language, marked
from pinlabs_mailer.tokens import new_reference
from pinlabs_mailer.web import acting, client, speaking
from pinlabs_mailer.web.forms import read_form
from pinlabs_mailer.web.pages import Pages

_SOURCE = marked("a link that was mailed for it")


class Asking:
    """POST of /link: the form on the page for bad links."""

    def __init__(self, app: App, pages: Pages) -> None:
        self._app, self._pages = app, pages

    async def ask(self, request: Request) -> Response:
        """Write down who wants a new link. The answer is the same for every address (item A6)."""
        fields = await read_form(request)
        return await run_in_threadpool(self._ask, request, fields)

    def _ask(self, request: Request, fields: FormData) -> Response:
        language = speaking.language()
        try:
            address = parse_address(str(fields.get("email", "")))
        except BadAddress:
            return self._pages.bad_link(400)
        if not client.is_foreign(request, self._app.masthead.base_url):
            sent = sign_ups.SignUp(
                joining.Request(address, (), locale=language.code),
                new_reference(),
                "",
                self._pages.version("bad_link"),
                language.code,
                marked("our page for old links"),
                client.address(request, self._app.settings.trusted_proxies or ()),
                client.user_agent(request),
            )
            with writing(self._app.engine) as connection:
                sign_ups.put(connection, sent, self._app.clock())
        return self._pages.show("wish_done", done="link")


class Wishing:
    """GET and POST of /address/TOKEN, /move/TOKEN, /data/TOKEN and /erase/TOKEN."""

    def __init__(self, app: App, pages: Pages, kind: WishKind) -> None:
        self._app, self._pages, self._kind = app, pages, kind

    async def page(self, request: Request) -> Response:
        """Show the button. Scanners open links: this changes and shows nothing."""
        return await run_in_threadpool(self._page, request)

    async def act(self, request: Request) -> Response:
        """Do it."""
        fields = await read_form(request)
        return await run_in_threadpool(self._act, request, fields)

    def _page(self, request: Request) -> Response:
        with reading(self._app.engine) as connection:
            one = wishes.find(connection, self._reference(request), self._kind, self._app.clock())
            if one is None:
                return self._pages.bad_link()
            person = subscribers.by_id(connection, one.subscriber_id)
        return self._form(request, languages.named(person.locale))

    def _form(
        self,
        request: Request,
        language: Language,
        errors: dict[str, str] | None = None,
        email: str = "",
    ) -> Response:
        return self._pages.show(
            "wish",
            400 if errors else 200,
            language=language,
            wish=self._kind.value,
            action=request.scope["path"],
            errors=errors or {},
            values={"email": email},
        )

    def _act(self, request: Request, fields: FormData) -> Response:
        how = acting.by_person(
            self._app, request, _SOURCE, form_version=self._pages.version("wish")
        )
        with writing(self._app.engine) as connection:
            one = wishes.find(connection, self._reference(request), self._kind, how.at)
            if one is None:
                return self._pages.bad_link()
            person = subscribers.by_id(connection, one.subscriber_id)
            language = languages.named(person.locale)
            match self._kind:
                case WishKind.ADDRESS:
                    email = str(fields.get("email", ""))
                    try:
                        new = parse_address(email)
                    except BadAddress:
                        fault = "Enter an email address such as ada@example.org."
                        errors = {"email": language.gettext(fault)}
                        return self._form(request, language, errors, email)
                    moving.ask(connection, self._app.limits, one, new, how)
                    done = "named"
                case WishKind.MOVE:
                    if not moving.move(connection, one, how):
                        return self._pages.bad_link()
                    done = "moved"
                case WishKind.ERASE:
                    erasure.erase(connection, person.id, how)
                    done = "erased"
                case _:
                    wishes.settle(connection, one, how.at)
                    done = ""
        if not done:
            return self._data(request, person.id, fields, language)
        return self._pages.show("wish_done", language=language, done=done)

    def _data(
        self, request: Request, subscriber_id: int, fields: FormData, language: Language
    ) -> Response:
        with reading(self._app.engine) as connection:
            found = held(connection, self._app.notary, subscriber_id, self._app.clock())
        if fields.get("as") == "json":
            name = 'attachment; filename="my-data.json"'
            return Response(
                holdings.as_json(found),
                media_type="application/json",
                headers={"content-disposition": name},
            )
        return self._pages.show(
            "my_data",
            language=language,
            action=request.scope["path"],
            sections=holdings.sections(found, language),
        )

    def _reference(self, request: Request) -> str:
        token = request.path_params["token"]
        return self._app.signer.verify(PURPOSES[self._kind], token) or "-" * 12
