"""What the record of consent keeps of a person who acts on a page."""

from datetime import datetime
from typing import Any

from starlette.requests import Request

from pinlabs_mailer.app import App
from pinlabs_mailer.community.consent import Circumstances
from pinlabs_mailer.db.words import Actor
from pinlabs_mailer.web import client


def by_person(
    app: App, request: Request, source: str, at: datetime | None = None, **more: Any
) -> Circumstances:
    """Return the circumstances of an act of the person, with `more` of them."""
    return Circumstances(
        at=at or app.clock(),
        source=source,
        actor=Actor.PERSON,
        notary=app.notary,
        network=client.address(request, app.settings.trusted_proxies or ()),
        user_agent=client.user_agent(request),
        **more,
    )
