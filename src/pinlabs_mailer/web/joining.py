"""The sign-up form and the confirmation link."""

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from pinlabs_mailer import topics
from pinlabs_mailer.app import App
from pinlabs_mailer.community import consent, joining, wording
from pinlabs_mailer.community.address import clean_name, parse_address
from pinlabs_mailer.community.consent import Circumstances
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.db.words import Actor
from pinlabs_mailer.errors import BadAddress, BadInput
from pinlabs_mailer.tokens import Purpose
from pinlabs_mailer.web.forms import read_form
from pinlabs_mailer.web.pages import Pages


class Joining:
    """GET and POST of /join and of /confirm/TOKEN."""

    def __init__(self, app: App, pages: Pages) -> None:
        self._app, self._pages = app, pages
        self._wording = wording.to_join(app.masthead.name)

    async def form(self, _request: Request) -> Response:
        """Show the form, with every box unticked (item C2)."""
        return await run_in_threadpool(self._form, {}, {"email": "", "name": ""}, set(), 200)

    async def join(self, request: Request) -> Response:
        """Take the form. The answer is the same for every address that is one (item A6)."""
        fields = await read_form(request)
        return await run_in_threadpool(self._join, request, fields)

    async def confirm_page(self, request: Request) -> Response:
        """Show the button. Scanners open links: this changes nothing (item A8)."""
        return await run_in_threadpool(self._confirm_page, request)

    async def confirm(self, request: Request) -> Response:
        """Confirm; a second time is friendly. A bare POST is enough."""
        return await run_in_threadpool(self._confirm, request)

    def _form(
        self, errors: dict[str, str], values: dict[str, str], ticked: set[str], status: int
    ) -> Response:
        with reading(self._app.engine) as connection:
            offered = topics.every(connection)
        return self._pages.show(
            "join",
            status,
            topics=[{**one._asdict(), "checked": one.slug in ticked} for one in offered],
            values=values,
            errors=errors,
            wording=self._wording,
        )

    def _join(self, request: Request, fields: FormData) -> Response:
        values = {name: str(fields.get(name, "")) for name in ("email", "name")}
        ticked = {str(value) for value in fields.getlist("topic")}
        errors: dict[str, str] = {}
        try:
            address = parse_address(values["email"])
        except BadAddress:
            errors["email"] = "Enter an email address such as ada@example.org."
        try:
            name = clean_name(values["name"])
        except BadInput as error:
            errors["name"] = f"{error.what} {error.next_step}"
        with reading(self._app.engine) as connection:
            known = {one.slug for one in topics.every(connection)}
        if not ticked or not ticked <= known:
            errors["topic"] = "Choose at least one topic."
        if errors:
            return self._form(errors, values, ticked, 400)
        with writing(self._app.engine) as connection:
            now = self._app.clock()
            shown = consent.remember_wording(connection, self._wording, now)
            how = self._circumstances(request, "our join page", shown, "join")
            joining.request(
                connection, joining.Request(address, tuple(sorted(ticked)), name=name), how
            )
        return self._pages.show("check_mail")

    def _confirm_page(self, request: Request) -> Response:
        reference = self._reference(request)
        with reading(self._app.engine) as connection:
            asked = joining.look_up(connection, reference or "", self._app.clock())
        if asked is None:
            return self._pages.bad_link()
        if asked.already:
            return self._pages.show("welcome", already=True)
        titles = [topic.title for topic in asked.topics]
        return self._pages.show(
            "confirm",
            topics=titles,
            action=request.scope["path"],
            wording=wording.to_confirm(self._app.masthead.name, titles),
        )

    def _confirm(self, request: Request) -> Response:
        reference = self._reference(request)
        now = self._app.clock()
        with writing(self._app.engine) as connection:
            asked = joining.look_up(connection, reference or "", now)
            if asked is None:
                return self._pages.bad_link()
            titles = [topic.title for topic in asked.topics]
            words = wording.to_confirm(self._app.masthead.name, titles)
            shown = consent.remember_wording(connection, words, now)
            how = self._circumstances(request, "our confirmation page", shown, "confirm")
            domain = self._app.masthead.domain
            confirmed = joining.confirm(connection, reference or "", how, domain)
        if confirmed is None:
            return self._pages.bad_link()
        return self._pages.show("welcome", already=confirmed.already)

    def _reference(self, request: Request) -> str | None:
        token = request.path_params["token"]
        return self._app.links.signer.verify(Purpose.CONFIRM, token)

    def _circumstances(self, request: Request, source: str, shown: int, page: str) -> Circumstances:
        return Circumstances(
            at=self._app.clock(),
            source=source,
            actor=Actor.PERSON,
            notary=self._app.notary,
            wording_id=shown,
            form_version=self._pages.version(page),
            language="en",
            network=request.client.host if request.client else "",
            user_agent=printable(request.headers.get("user-agent", "")),
        )


def printable(text: str) -> str:
    """Return text from outside without what a log or a database would stumble over."""
    return "".join(c for c in text if c.isprintable())[:300]
