"""Strangers who come through a proxy from as many networks as they like."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import func, select

from pinlabs_mailer.app import App, worker
from pinlabs_mailer.db.engine import reading
from pinlabs_mailer.db.tables import delivery, sign_up_limit
from tests.support.installations import Clock, make_app
from tests.support.site import Answer, Server, Site
from tests.web.people import ADA, filled_in


@contextmanager
def behind_a_proxy(
    server: Server, database_url: str, relay_port: int, clock: Clock, **given: str
) -> Iterator[Site]:
    """Show the pages of an installation that believes the proxy on this machine."""
    chosen = {"trusted_proxies": "127.0.0.1,10.9.0.0/16", **given}
    app = make_app(database_url, relay_port, clock, **chosen)
    try:
        with server.showing(app) as site:
            yield site
    finally:
        app.close()


def send(site: Site, email: str = ADA, network: str = "203.0.113.7", **more: str) -> Answer:
    """Send the form from a network; nobody looks at it yet."""
    fields = filled_in(site, {"email": email, "topic": "projects", **more})
    return site.post("/join", fields, X_Forwarded_For=network)


def mails(app: App) -> int:
    """Look at what was sent, and return how many mails there have been because of it."""
    worker.take_up(app)
    with reading(app.engine) as connection:
        return connection.execute(select(func.count()).select_from(delivery)).scalar_one()


def counters(app: App) -> int:
    """Return how many counters are kept."""
    with reading(app.engine) as connection:
        return connection.execute(select(func.count()).select_from(sign_up_limit)).scalar_one()
