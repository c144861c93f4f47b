"""Working off what is due, for as long as somebody wants: confirmations, retries, due issues."""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from pinlabs_mailer.app import retention
from pinlabs_mailer.app.installation import App
from pinlabs_mailer.community import limits, sign_ups
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.delivery.tally import Tally
from pinlabs_mailer.errors import MailerError, Stopped
from pinlabs_mailer.feedback.intake import imap
from pinlabs_mailer.settings import required

log = logging.getLogger("pinlabs_mailer.work")

_LOOK_SECONDS = 1.0
_LONGEST_PAUSE = 60.0
_RETURNS_SECONDS = 300.0


def require_ready(app: App) -> None:
    """Raise ConfigurationError if anything is missing that delivering needs."""
    required("postal_address", app.settings.postal_address)
    _ = app.pump
    retention.rules(app)


def until_idle(
    app: App,
    on_progress: Callable[[Tally], None] | None = None,
    asked_to_stop: threading.Event | None = None,
) -> Tally:
    """Take up sign-ups, open what is due and deliver all that is due now.

    Once a day what need not be kept goes first: the reminders that come of it go out as well.
    """
    take_up(app)
    done = retention.run_if_due(app, asked_to_stop)
    if done is not None and any(done.numbers().values()):
        log.info("Retention: %s.", done)
    app.open_due(app.clock())
    return app.pump.run(on_progress, asked_to_stop)


def take_up(app: App) -> None:
    """Look at every sign-up form that waits. That sign-ups pause is told once, in the log."""
    with reading(app.engine) as connection:
        was = limits.paused_until(connection, app.limits, app.clock())
        waiting = sign_ups.waiting(connection)
    while waiting > 0:
        began = time.monotonic()
        with writing(app.engine) as connection:
            waiting = sign_ups.take_up(connection, app.limits, app.notary, app.clock())
            until = limits.paused_until(connection, app.limits, app.clock())
        if until and not was:
            log.warning(
                "Sign-ups pause until %s: they have caused %d confirmation mails within an hour. "
                "See: pinlabs-mailer sign-ups show", f"{until:%H:%M UTC}", app.limits.ceiling,
            )  # fmt: skip
        was = until
        # SQLite's waiting writers look again now and then: leave them as much time as was taken
        time.sleep(time.monotonic() - began)


def take_up_until_stopped(app: App, stop: threading.Event) -> None:
    """Look at sign-up forms a moment after they were sent, however long an issue takes."""
    while not stop.is_set():
        try:
            take_up(app)
        except MailerError as error:
            log.warning("Sign-ups wait: %s", error.what)
        _rest(stop, _LOOK_SECONDS / 2)


def take_returns_until_stopped(app: App, stop: threading.Event) -> None:
    """Take what comes back to the mailbox of the settings, every few minutes."""
    account = app.settings.returns_imap_url
    while account is not None and not stop.is_set():
        try:
            for _ in imap.take(app.mailbox_taker, account):
                if stop.is_set():
                    return
        except MailerError as error:
            log.warning("What came back waits: %s", error.what)
        except Exception as error:  # nobody asks this thread what became of it
            log.error("What came back waits: %s in our own code.", type(error).__name__)
        _rest(stop, _RETURNS_SECONDS)


def until_stopped(app: App, stop: threading.Event) -> None:
    """Keep at it until `stop` is set, and take what comes back beside it."""
    with ThreadPoolExecutor(1, "returns") as beside:
        beside.submit(take_returns_until_stopped, app, stop)
        try:
            _until_stopped(app, stop)
        finally:
            stop.set()


def _until_stopped(app: App, stop: threading.Event) -> None:
    """Go on; a fault is told and waited out, ever longer.

    Also one that somebody has to put right, such as a template: the pages beside us, where
    people confirm and leave, must not go down for it.
    """
    pause = _LOOK_SECONDS
    while not stop.is_set():
        try:
            tally = until_idle(app, None, stop)
        except Stopped:
            return
        except MailerError as error:
            pause = min(pause * 2, _LONGEST_PAUSE)
            log.log(
                logging.WARNING if error.temporary else logging.ERROR,
                "%s Trying again in %.0f seconds.", error.what, pause,
            )  # fmt: skip
        else:
            pause = _LOOK_SECONDS
            if tally.done:
                log.info("%s", tally)
        _rest(stop, pause)


def _rest(stop: threading.Event, seconds: float) -> None:
    """Wait, but look up now and then. `stop.wait` would hold the event's lock when a signal comes,
    whose handler sets the event in this same thread."""
    until = time.monotonic() + seconds
    while not stop.is_set() and time.monotonic() < until:
        time.sleep(0.1)
