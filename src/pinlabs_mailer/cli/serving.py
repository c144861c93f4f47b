"""`work` and `serve`: the processes that stay."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Annotated

import typer

from pinlabs_mailer.app import App, worker
from pinlabs_mailer.cli.context import (
    JSON_OPTION,
    clock,
    installation,
    print_json,
    read_settings,
    say,
)
from pinlabs_mailer.cli.progress import require_success, showing_progress
from pinlabs_mailer.cli.stopping import stopping_in_order
from pinlabs_mailer.web import create_site
from pinlabs_mailer.web.server import listen, server


def work(
    until_idle: Annotated[
        bool, typer.Option("--until-idle", help="Stop when nothing is due any more.")
    ] = False,
    as_json: JSON_OPTION = False,
) -> None:
    """Keep delivering: confirmations, retries, due issues."""
    app = installation()
    if until_idle:
        with stopping_in_order() as stop, showing_progress("Delivering") as on_progress:
            tally = worker.until_idle(app, on_progress, stop)
        if as_json:
            print_json(tally.numbers())
        else:
            say(f"Done: {tally}.")
        require_success(tally)
        return
    worker.require_ready(app)
    say("Working. Stop with Ctrl-C.")
    with stopping_in_order() as stop:
        worker.until_stopped(app, stop)


def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8080,
    with_work: Annotated[
        bool, typer.Option("--work", help="Also deliver, as `work` does.")
    ] = False,
) -> None:
    """Serve the recipients' pages."""
    settings = read_settings()
    listener = listen(host, port)
    if settings.base_url is None:
        settings = replace(settings, base_url=f"http://localhost:{listener.getsockname()[1]}")
    app = App(settings, clock)
    _ = app.engine
    if with_work:
        worker.require_ready(app)
    site = server(create_site(app))
    say(f"Serving {settings.base_url} on {host}:{listener.getsockname()[1]}. Stop with Ctrl-C.")
    # The server ends by the signals, too, and then passes them on to the handlers set here.
    with stopping_in_order() as stop, ThreadPoolExecutor(2, "work") as beside:
        tasks = [beside.submit(worker.take_up_until_stopped, app, stop)]
        if with_work:
            tasks.append(beside.submit(worker.until_stopped, app, stop))
        for task in tasks:
            task.add_done_callback(lambda _: setattr(site, "should_exit", True))
        try:
            site.run(sockets=[listener])
        finally:
            stop.set()
    for task in tasks:
        task.result()
