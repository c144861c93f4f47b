"""The sign-up form.

What stands between the form and the mail (items A1 to A3): a field that people do not see, a
signed token that says when the form was shown, and the limits, which are looked at later
(`community/sign_ups.py`). A form without the token gets a page with one button that has it.
"""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from pinlabs_mailer import languages, topics
from pinlabs_mailer.app import App
from pinlabs_mailer.community import joining, limits, sign_ups, wording
from pinlabs_mailer.community.address import clean_name, parse_address
from pinlabs_mailer.community.sign_ups import SignUp
from pinlabs_mailer.db.engine import reading
from pinlabs_mailer.db.words import Frequency
from pinlabs_mailer.errors import BadAddress, BadInput
from pinlabs_mailer.languages import Language, marked
from pinlabs_mailer.topics import Topic
from pinlabs_mailer.web import client, form_token, speaking
from pinlabs_mailer.web.form_token import FIELD, HONEYPOT, Verdict
from pinlabs_mailer.web.forms import read_form
from pinlabs_mailer.web.pages import Pages
from pinlabs_mailer.web.together import Together

_BLANK = {"email": "", "name": "", "frequency": "", "locale": ""}
"""The fields of the form, but for the topics, as they are at first."""


class Joining:
    """GET and POST of /join."""

    def __init__(self, app: App, pages: Pages) -> None:
        self._app, self._pages = app, pages
        self._minimum = timedelta(seconds=app.settings.join_seconds)
        self._together = Together(app, self._write)

    async def form(self, _request: Request) -> Response:
        """Show the form, with every box unticked (item C2)."""
        return await run_in_threadpool(self._empty_form)

    async def join(self, request: Request) -> Response:
        """Take the form. The answer is the same for every address that is one (item A6)."""
        fields = await read_form(request)
        sent = await run_in_threadpool(self._join, request, fields)
        if isinstance(sent, Response):
            return sent
        await self._together.do(sent)
        return self._pages.show_to_all("check_mail")

    def _empty_form(self) -> Response:
        with reading(self._app.engine) as connection:
            offered = topics.offered(connection)
        return self._form(offered, dict(_BLANK), set(), {}, 200)

    def _form(
        self,
        offered: list[Topic],
        values: dict[str, str],
        ticked: set[str],
        errors: dict[str, str],
        status: int,
    ) -> Response:
        language = speaking.language()
        shown = topics.spoken(offered, language)
        return self._pages.show(
            "join",
            status,
            topics=[{**one._asdict(), "checked": one.slug in ticked} for one in shown],
            values={**values, "locale": values["locale"] or language.code},
            errors=errors,
            wording=wording.to_join(self._app.masthead.name, language),
            trap=HONEYPOT,
            hidden=[(FIELD, form_token.make(self._app.signer, self._app.clock()))],
        )

    def _join(self, request: Request, fields: FormData) -> SignUp | Response:
        """Return the form that is to be written down, or the answer to one that is not."""
        values = {name: str(fields.get(name, "")) for name in _BLANK}
        ticked = {str(value) for value in fields.getlist("topic")}
        now, language = self._app.clock(), speaking.language()
        if fields.get(HONEYPOT):
            return self._pages.show_to_all("check_mail")
        with reading(self._app.engine) as connection:
            offered = topics.offered(connection)
            paused = limits.paused_until(connection, self._app.limits, now)
        wanted, errors = _read(values, ticked, {one.slug for one in offered}, language)
        if wanted is None:
            return self._form(offered, values, ticked, errors, 400)
        token = str(fields.get(FIELD, ""))
        verdict, form = form_token.judge(self._app.signer, token, now, self._minimum)
        if verdict is Verdict.NONE or client.is_foreign(request, self._app.masthead.base_url):
            return self._again(values, [one for one in offered if one.slug in ticked], language)
        if verdict is Verdict.TOO_FAST:
            return self._pages.show_to_all("check_mail")
        if paused is not None:
            return self._paused(language)
        return SignUp(
            wanted,
            form,
            wording.to_join(self._app.masthead.name, language),
            self._pages.version("join"),
            language.code,
            marked("our join page"),
            client.address(request, self._app.settings.trusted_proxies or ()),
            client.user_agent(request),
        )

    def _write(self, connection: Connection, sent: Sequence[SignUp]) -> list[None]:
        sign_ups.put_all(connection, sent, self._app.clock())
        return [None] * len(sent)

    def _again(self, values: dict[str, str], chosen: list[Topic], language: Language) -> Response:
        """Show a page with one button, which brings the protections that the form came without."""
        # There is less to do than on the form, so it may be done in half the time.
        made = self._app.clock() - self._minimum / 2
        kept = [(name, value) for name, value in values.items() if value]
        kept += [("topic", topic.slug) for topic in chosen]
        return self._pages.show(
            "join_again",
            values=values,
            titles=[topic.title for topic in topics.spoken(chosen, language)],
            wording=wording.to_join(self._app.masthead.name, language),
            fields=[*kept, (FIELD, form_token.make(self._app.signer, made))],
        )

    def _paused(self, language: Language) -> Response:
        """Say to everybody alike that the ceiling is reached (item A13)."""
        answer = self._pages.show(
            "error",
            503,
            status=503,
            title=language.gettext("Sign-ups are resting"),
            text=language.gettext(
                "More people than usual want to join just now. Please come back in an hour."
            ),
        )
        answer.headers["retry-after"] = "3600"
        return answer


def _read(
    values: dict[str, str], ticked: set[str], known: set[str], language: Language
) -> tuple[joining.Request | None, dict[str, str]]:
    """Return what was asked for, or what is wrong, by field."""
    address, name, errors = None, "", {}
    try:
        address = parse_address(values["email"])
    except BadAddress:
        errors["email"] = language.gettext("Enter an email address such as ada@example.org.")
    try:
        name = clean_name(values["name"])
    except BadInput:
        errors["name"] = language.gettext("Write only a name, of at most 60 characters.")
    if not ticked or not ticked <= known:
        errors["topic"] = language.gettext("Choose at least one topic.")
    if values["frequency"] not in ("", *Frequency):
        errors["frequency"] = language.gettext("Choose how often.")
    if errors or address is None:
        return None, errors
    wanted = joining.Request(
        address=address,
        topics=tuple(sorted(ticked)),
        name=name,
        locale=(languages.exactly(values["locale"]) or language).code,
        frequency=Frequency(values["frequency"]) if values["frequency"] else None,
    )
    return wanted, errors
