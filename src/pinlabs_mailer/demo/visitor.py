"""Somebody with a browser, who joins and confirms on the real pages."""

from collections.abc import Sequence
from urllib.parse import urljoin

import httpx
from selectolax.lexbor import LexborHTMLParser

from pinlabs_mailer.demo.samples import Person
from pinlabs_mailer.errors import MailerError

_Fields = dict[str, str | list[str]]


class Visitor:
    """Opens a page, fills in its form and presses its button, over HTTP as anybody would."""

    def __init__(self, client: httpx.Client, base_url: str) -> None:
        self._client, self._base_url = client, base_url

    def join(self, person: Person, topics: Sequence[str]) -> None:
        """Ask for the newsletter."""
        self._submit(f"{self._base_url}/join", **person._asdict(), topic=list(topics))

    def confirm(self, mail: str) -> None:
        """Open the confirmation link that stands on a line of its own in a mail's text."""
        links = [
            line for line in mail.splitlines() if line.startswith(f"{self._base_url}/confirm/")
        ]
        if len(links) != 1:
            raise MailerError(f"A confirmation mail has {len(links)} confirmation links.", _BUG)
        self._submit(links[0])

    def _submit(self, url: str, **fields: str | list[str]) -> None:
        form = LexborHTMLParser(self._answer("GET", url)).css_first("form")
        if form is None:
            raise MailerError("A page of the demo has no form.", _BUG)
        hidden: _Fields = {
            str(field.attributes["name"]): field.attributes.get("value") or ""
            for field in form.css("input[type=hidden]")
        }
        self._answer("POST", urljoin(url, form.attributes.get("action")), hidden | fields)

    def _answer(self, method: str, url: str, fields: _Fields | None = None) -> str:
        try:
            answer = self._client.request(method, url, data=fields)
        except httpx.HTTPError as error:
            raise MailerError(f"The demo's pages do not answer: {error}.", _LOOK) from error
        if answer.status_code != 200:
            raise MailerError(f"A page of the demo answered {answer.status_code}.", _BUG)
        return answer.text


_BUG = "That is a bug, or somebody's change to a template. Please report what the lines above say."
_LOOK = "Check that http://localhost leads to this machine, and try again."
