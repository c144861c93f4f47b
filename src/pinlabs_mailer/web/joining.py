"""The sign-up form and the confirmation link.

What stands between the form and the mail (items A1 to A3): a field that people do not see, a
signed token that says when the form was shown, and the limits, which are looked at later
(`community/sign_ups.py`). A form without the token gets a page with one button that has it.
"""

import re
from datetime import timedelta

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from pinlabs_mailer import topics
from pinlabs_mailer.app import App
from pinlabs_mailer.community import consent, joining, limits, sign_ups, wording
from pinlabs_mailer.community.address import clean_name, parse_address
from pinlabs_mailer.community.consent import Circumstances
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.db.words import Actor, Frequency
from pinlabs_mailer.errors import BadAddress, BadInput
from pinlabs_mailer.tokens import Purpose
from pinlabs_mailer.topics import Topic
from pinlabs_mailer.web import client, form_token
from pinlabs_mailer.web.form_token import FIELD, HONEYPOT, Verdict
from pinlabs_mailer.web.forms import read_form
from pinlabs_mailer.web.pages import Pages

_TEXTS = ("email", "name", "locale", "frequency")
_LOCALE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})?")


class Joining:
    """GET and POST of /join and of /confirm/TOKEN."""

    def __init__(self, app: App, pages: Pages) -> None:
        self._app, self._pages = app, pages
        self._wording = wording.to_join(app.masthead.name)
        self._minimum = timedelta(seconds=app.settings.join_seconds)

    async def form(self, _request: Request) -> Response:
        """Show the form, with every box unticked (item C2)."""
        return await run_in_threadpool(self._empty_form)

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

    def _empty_form(self) -> Response:
        with reading(self._app.engine) as connection:
            offered = topics.every(connection)
        return self._form(offered, dict.fromkeys(_TEXTS, ""), set(), {}, 200)

    def _form(
        self,
        offered: list[Topic],
        values: dict[str, str],
        ticked: set[str],
        errors: dict[str, str],
        status: int,
    ) -> Response:
        return self._pages.show(
            "join",
            status,
            topics=[{**one._asdict(), "checked": one.slug in ticked} for one in offered],
            values=values,
            errors=errors,
            wording=self._wording,
            trap=HONEYPOT,
            hidden=[(FIELD, form_token.make(self._app.signer, self._app.clock()))],
        )

    def _join(self, request: Request, fields: FormData) -> Response:
        values = {name: str(fields.get(name, "")) for name in _TEXTS}
        ticked = {str(value) for value in fields.getlist("topic")}
        now = self._app.clock()
        if fields.get(HONEYPOT):
            return self._pages.show("check_mail")
        with reading(self._app.engine) as connection:
            offered = topics.every(connection)
            paused = limits.paused_until(connection, self._app.limits, now)
        wanted, errors = _read(values, ticked, {one.slug for one in offered})
        if wanted is None:
            return self._form(offered, values, ticked, errors, 400)
        token = str(fields.get(FIELD, ""))
        verdict, form = form_token.judge(self._app.signer, token, now, self._minimum)
        if verdict is Verdict.NONE or client.is_foreign(request, self._app.masthead.base_url):
            titles = [one.title for one in offered if one.slug in ticked]
            return self._again(values, ticked, titles)
        if verdict is Verdict.TOO_FAST:
            return self._pages.show("check_mail")
        if paused is not None:
            return self._paused()
        sent = sign_ups.SignUp(
            wanted,
            form,
            self._wording,
            self._pages.version("join"),
            "en",
            "our join page",
            client.address(request, self._app.settings.trusted_proxies or ()),
            client.user_agent(request),
        )
        with writing(self._app.engine) as connection:
            sign_ups.put(connection, sent, now)
        return self._pages.show("check_mail")

    def _again(self, values: dict[str, str], ticked: set[str], titles: list[str]) -> Response:
        """Show a page with one button, which brings the protections that the form came without."""
        # There is less to do than on the form, so it may be done in half the time.
        made = self._app.clock() - self._minimum / 2
        kept = [(name, value) for name, value in values.items() if value]
        kept += [("topic", slug) for slug in sorted(ticked)]
        return self._pages.show(
            "join_again",
            values=values,
            titles=titles,
            wording=self._wording,
            fields=[*kept, (FIELD, form_token.make(self._app.signer, made))],
        )

    def _paused(self) -> Response:
        """Say to everybody alike that the ceiling is reached (item A13)."""
        answer = self._pages.show(
            "error",
            503,
            status=503,
            title="Sign-ups are resting",
            text="More people than usual want to join just now. Please come back in an hour.",
        )
        answer.headers["retry-after"] = "3600"
        return answer

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
        with writing(self._app.engine) as connection:
            sign_ups.clicked(connection, self._app.limits, reference or "")
        return self._pages.show("welcome", already=confirmed.already)

    def _reference(self, request: Request) -> str | None:
        token = request.path_params["token"]
        return self._app.signer.verify(Purpose.CONFIRM, token)

    def _circumstances(self, request: Request, source: str, shown: int, page: str) -> Circumstances:
        return Circumstances(
            at=self._app.clock(),
            source=source,
            actor=Actor.PERSON,
            notary=self._app.notary,
            wording_id=shown,
            form_version=self._pages.version(page),
            language="en",
            network=client.address(request, self._app.settings.trusted_proxies or ()),
            user_agent=client.user_agent(request),
        )


def _read(
    values: dict[str, str], ticked: set[str], known: set[str]
) -> tuple[joining.Request | None, dict[str, str]]:
    """Return what was asked for, or what is wrong, by field."""
    address, name, errors = None, "", {}
    try:
        address = parse_address(values["email"])
    except BadAddress:
        errors["email"] = "Enter an email address such as ada@example.org."
    try:
        name = clean_name(values["name"])
    except BadInput as error:
        errors["name"] = f"{error.what} {error.next_step}"
    if not ticked or not ticked <= known:
        errors["topic"] = "Choose at least one topic."
    if values["frequency"] not in ("", *Frequency):
        errors["frequency"] = "Choose how often."
    if errors or address is None:
        return None, errors
    wanted = joining.Request(
        address=address,
        topics=tuple(sorted(ticked)),
        name=name,
        locale=values["locale"] if _LOCALE.fullmatch(values["locale"]) else "en",
        frequency=Frequency(values["frequency"]) if values["frequency"] else None,
    )
    return wanted, errors
