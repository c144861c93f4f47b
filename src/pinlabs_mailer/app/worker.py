"""Working off what is due, for as long as somebody wants: confirmations, retries, due issues."""

import logging
import threading
from collections.abc import Callable

from pinlabs_mailer.app.installation import App
from pinlabs_mailer.delivery.tally import Tally
from pinlabs_mailer.errors import Stopped, Unavailable

log = logging.getLogger("pinlabs_mailer.work")

_LOOK_SECONDS = 1.0
_LONGEST_PAUSE = 60.0


def until_idle(
    app: App,
    on_progress: Callable[[Tally], None] | None = None,
    asked_to_stop: threading.Event | None = None,
) -> Tally:
    """Open what is due and deliver all that is due now."""
    app.open_due(app.clock())
    return app.pump.run(on_progress, asked_to_stop)


def until_stopped(app: App, stop: threading.Event) -> None:
    """Keep at it until `stop` is set. A fault that may pass is waited out, ever longer."""
    pause = _LOOK_SECONDS
    while not stop.is_set():
        try:
            tally = until_idle(app, None, stop)
        except Stopped:
            return
        except Unavailable as error:
            pause = min(pause * 2, _LONGEST_PAUSE)
            log.warning("%s Trying again in %.0f seconds.", error.what, pause)
        else:
            pause = _LOOK_SECONDS
            if tally.done:
                log.info("%s", tally)
        stop.wait(pause)
