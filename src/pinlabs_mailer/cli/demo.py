"""`demo`: the guided tour."""

import logging
import os
import signal
import threading
from types import FrameType
from typing import Annotated

import typer

from pinlabs_mailer.app import App, worker
from pinlabs_mailer.cli.context import JSON_OPTION, clock, print_json, say
from pinlabs_mailer.demo import Summary, set_up, tour

ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Ctrl-C, `kill`, and a terminal that was closed."""


def demo(
    once: Annotated[
        bool, typer.Option("--once", help="End with a summary instead of staying.")
    ] = False,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="The port of the pages; 0 takes a free one.")
    ] = 0,
    as_json: JSON_OPTION = False,
) -> None:
    """See it work: sample posts, people who join, a digest, and an inbox page to look at.

    It all stays on this machine, uses none of your settings and is gone at the end. Without a
    terminal it does the same, but ends by itself.
    """
    for chatty in ("mail.log", "pinlabs_mailer.web", "pinlabs_mailer.work"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    for sign in ENDINGS:  # an error, unlike the signals' own ways, lets all be cleared away
        signal.signal(sign, signal.default_int_handler)
    with set_up(port, clock) as stage:
        summary = tour(stage, say)
        if as_json:
            print_json(vars(summary))
        else:
            print(_in_words(summary), flush=True)
        if not once and os.isatty(0) and os.isatty(1):
            _stay(stage.app, summary)


def _in_words(summary: Summary) -> str:
    return (
        f"{summary.posts} posts, {summary.events} events, {summary.jobs} jobs, "
        f"{summary.subscribers} subscribers, {summary.confirmed} confirmed, {summary.mails} mails, "
        f"{summary.issue['accepted']} of them the digest."
    )


def _stay(app: App, summary: Summary) -> None:
    """Go on serving and delivering until somebody ends it."""
    stop = threading.Event()

    def stopping(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for sign in ENDINGS:
        signal.signal(sign, stopping)
    say(
        f"\nThe mails are at  {summary.inbox}\n\n"
        "Open one and click its unsubscribe link, or join yourself: whatever is sent appears "
        "there.\nCtrl-C ends the demo and removes everything."
    )
    worker.until_stopped(app, stop)
    say("\nGone.")
