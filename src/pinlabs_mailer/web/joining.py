"""The sign-up form and the confirmation link."""

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from pinlabs_mailer import languages, topics
from pinlabs_mailer.app import App
from pinlabs_mailer.community import consent, joining, wording
from pinlabs_mailer.community.address import clean_name, parse_address
from pinlabs_mailer.community.consent import Circumstances
from pinlabs_mailer.community.joining import Confirmed
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.db.words import Frequency
from pinlabs_mailer.errors import BadAddress, BadInput
from pinlabs_mailer.languages import Language, marked
from pinlabs_mailer.tokens import Purpose
from pinlabs_mailer.web import speaking
from pinlabs_mailer.web.forms import read_form
from pinlabs_mailer.web.pages import Pages

_BLANK = {"email": "", "name": "", "frequency": "", "locale": ""}
"""The fields of the form, but for the topics, as they are at first."""


class Joining:
    """GET and POST of /join and of /confirm/TOKEN."""

    def __init__(self, app: App, pages: Pages) -> None:
        self._app, self._pages = app, pages

    async def form(self, _request: Request) -> Response:
        """Show the form, with every box unticked (item C2)."""
        return await run_in_threadpool(self._form, {}, dict(_BLANK), set(), 200)

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
        language = speaking.language()
        with reading(self._app.engine) as connection:
            offered = topics.spoken(topics.every(connection), language)
        return self._pages.show(
            "join",
            status,
            topics=[{**one._asdict(), "checked": one.slug in ticked} for one in offered],
            values={**values, "locale": values["locale"] or language.code},
            errors=errors,
            wording=wording.to_join(self._app.masthead.name, language),
        )

    def _join(self, request: Request, fields: FormData) -> Response:
        values = {name: str(fields.get(name, "")) for name in _BLANK}
        language = speaking.language()
        ticked = {str(value) for value in fields.getlist("topic")}
        errors: dict[str, str] = {}
        try:
            address = parse_address(values["email"])
        except BadAddress:
            errors["email"] = language.gettext("Enter an email address such as ada@example.org.")
        try:
            name = clean_name(values["name"])
        except BadInput:
            errors["name"] = language.gettext("Write only a name, of at most 100 characters.")
        with reading(self._app.engine) as connection:
            known = {one.slug for one in topics.every(connection)}
        if not ticked or not ticked <= known:
            errors["topic"] = language.gettext("Choose at least one topic.")
        if errors:
            return self._form(errors, values, ticked, 400)
        with writing(self._app.engine) as connection:
            now = self._app.clock()
            words = wording.to_join(self._app.masthead.name, language)
            shown = consent.remember_wording(connection, words, now)
            how = self._circumstances(request, marked("our join page"), shown)
            wanted = joining.Request(
                address,
                tuple(sorted(ticked)),
                name=name,
                locale=(languages.exactly(values["locale"]) or language).code,
                frequency=_frequency(values["frequency"]),
            )
            joining.request(connection, wanted, how)
        return self._pages.show("check_mail")

    def _confirm_page(self, request: Request) -> Response:
        reference = self._reference(request)
        with reading(self._app.engine) as connection:
            asked = joining.look_up(connection, reference or "", self._app.clock())
        if asked is None:
            return self._pages.bad_link()
        language = languages.named(asked.locale)
        if asked.already:
            return self._pages.show("welcome", language=language, already=True)
        titles = _titles(asked, language)
        return self._pages.show(
            "confirm",
            language=language,
            topics=titles,
            action=request.scope["path"],
            wording=wording.to_confirm(self._app.masthead.name, titles, language),
        )

    def _confirm(self, request: Request) -> Response:
        reference = self._reference(request)
        now = self._app.clock()
        with writing(self._app.engine) as connection:
            asked = joining.look_up(connection, reference or "", now)
            if asked is None:
                return self._pages.bad_link()
            language = languages.named(asked.locale)
            words = wording.to_confirm(self._app.masthead.name, _titles(asked, language), language)
            shown = consent.remember_wording(connection, words, now)
            how = self._circumstances(request, marked("our confirmation page"), shown)
            confirmed = joining.confirm(connection, reference or "", how)
        if confirmed is None:
            return self._pages.bad_link()
        return self._pages.show("welcome", language=language, already=confirmed.already)

    def _reference(self, request: Request) -> str | None:
        token = request.path_params["token"]
        return self._app.links.signer.verify(Purpose.CONFIRM, token)

    def _circumstances(self, request: Request, source: str, shown: int) -> Circumstances:
        return Circumstances(
            at=self._app.clock(),
            source=source,
            wording_id=shown,
            network=request.client.host if request.client else "",
            user_agent=printable(request.headers.get("user-agent", "")),
        )


def _titles(asked: Confirmed, language: Language) -> list[str]:
    return [topic.title for topic in topics.spoken(asked.topics, language)]


def _frequency(raw: str) -> Frequency | None:
    return next((one for one in Frequency if one == raw), None)


def printable(text: str) -> str:
    """Return text from outside without what a log or a database would stumble over."""
    return "".join(c for c in text if c.isprintable())[:300]
