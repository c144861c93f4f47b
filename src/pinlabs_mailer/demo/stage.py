"""Everything the tour needs, in one process and one folder that goes away with it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from socket import socket
from tempfile import TemporaryDirectory

from starlette.types import ASGIApp

from pinlabs_mailer import settings
from pinlabs_mailer.app import App
from pinlabs_mailer.db import schema
from pinlabs_mailer.demo import stories
from pinlabs_mailer.demo.catcher import Catcher
from pinlabs_mailer.demo.inbox import Inbox
from pinlabs_mailer.settings import Settings
from pinlabs_mailer.web import create_site
from pinlabs_mailer.web.pages import Pages
from pinlabs_mailer.web.server import listen, server

_HOST = "127.0.0.1"


@dataclass(frozen=True)
class Stage:
    """A running installation."""

    app: App
    catcher: Catcher
    base_url: str
    folder: Path


@contextmanager
def set_up(port: int, clock: Callable[[], datetime]) -> Iterator[Stage]:
    """Set an installation up, serve its pages and catch its mail; clear all away at the end.

    Raises ConfigurationError when the port is taken. Port 0 takes a free one.
    """
    with ExitStack() as stack:
        listener = stack.enter_context(listen(_HOST, port))
        base_url = f"http://localhost:{listener.getsockname()[1]}"
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="pinlabs-demo-")))
        catcher = stack.enter_context(Catcher(clock))
        now = clock()
        app = App(_settings(folder, base_url, catcher.url, now), clock)
        schema.upgrade(app.bare_engine, now - timedelta(days=1))
        stack.callback(app.bare_engine.dispose)
        pages = Pages(app)
        extra = [*Inbox(catcher, pages, base_url).routes(), *stories.routes(pages)]
        stack.enter_context(_serving(create_site(app, extra), listener))
        yield Stage(app, catcher, base_url, folder)


def _settings(folder: Path, base_url: str, smtp_url: str, now: datetime) -> Settings:
    """Return the demo's settings. The caller's own, in variables or a file, are left alone."""
    given = {
        "database_url": f"sqlite:///{folder / 'demo.db'}",
        "base_url": base_url,
        "from": "Pin Labs <news@pinlabs.example>",
        "postal_address": "1 Sample Street, 12345 Example Town",
        "smtp_url": smtp_url,
        "smtp_connections": "2",
        "join_seconds": "0",  # the visitor of the tour types fast
        "schedule": f"daily {now:%H:%M}",  # an issue is due at this minute
    }
    return settings.load({}, None, folder, **given)


@contextmanager
def _serving(site: ASGIApp, listener: socket) -> Iterator[None]:
    """Serve from a thread of its own, so that signals stay with the main thread."""
    pages = server(site)
    thread = threading.Thread(target=pages.run, args=([listener],), name="pages")
    thread.start()
    try:
        yield
    finally:
        pages.should_exit = True
        thread.join()
