"""Working off what is due, for as long as somebody wants: confirmations, retries, due issues."""

import logging
import threading
from collections.abc import Callable

from pinlabs_mailer.app.installation import App
from pinlabs_mailer.delivery.pump import Tally
from pinlabs_mailer.errors import MailerError
from pinlabs_mailer.settings import required

log = logging.getLogger("pinlabs_mailer.work")

_LOOK_SECONDS = 1.0
_LONGEST_PAUSE = 60.0


def require_ready(app: App) -> None:
    """Raise ConfigurationError if anything is missing that delivering needs."""
    required("postal_address", app.settings.postal_address)
    _ = app.pump


def until_idle(app: App, on_progress: Callable[[Tally], None] | None = None) -> Tally:
    """Open what is due and deliver all that is due now."""
    app.open_due(app.clock())
    return app.pump.run(on_progress)


def until_stopped(app: App, stop: threading.Event) -> None:
    """Keep at it until `stop` is set. A fault is told and waited out, ever longer.

    Also one that somebody has to put right, such as a template: the pages beside us, where
    people confirm and leave, must not go down for it.
    """
    pause = _LOOK_SECONDS
    while not stop.is_set():
        try:
            tally = until_idle(app)
        except MailerError as error:
            pause = min(pause * 2, _LONGEST_PAUSE)
            log.log(
                logging.WARNING if error.temporary else logging.ERROR,
                "%s Trying again in %.0f seconds.", error.what, pause,
            )  # fmt: skip
        else:
            pause = _LOOK_SECONDS
            if tally.any():
                log.info("%s", tally)
        stop.wait(pause)
