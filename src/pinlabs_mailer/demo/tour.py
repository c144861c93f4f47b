"""The tour itself: posts in, people who join and confirm, a digest out."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx

from pinlabs_mailer import topics
from pinlabs_mailer.app import worker
from pinlabs_mailer.content import posts
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.demo import samples
from pinlabs_mailer.demo.stage import Stage
from pinlabs_mailer.demo.visitor import Visitor
from pinlabs_mailer.digest import issues
from pinlabs_mailer.errors import MailerError


@dataclass(frozen=True)
class Summary:
    """What the tour came to."""

    posts: int
    events: int
    jobs: int
    subscribers: int
    confirmed: int
    mails: int
    issue: dict[str, Any]
    inbox: str


def tour(stage: Stage, tell: Callable[[str], None]) -> Summary:
    """Walk through the main job, telling each step; raise MailerError if a step goes wrong."""
    tell(f"A new installation, for as long as this runs: {stage.folder}")
    stored = _store_samples(stage)
    tell("{} sample posts, {} events and {} jobs are in its database.".format(*stored))
    with httpx.Client(trust_env=False, timeout=30) as client:
        visitor = Visitor(client, stage.base_url)
        for person in samples.PEOPLE:
            visitor.join(person, samples.TOPICS)
        names = ", ".join(person.name for person in samples.PEOPLE)
        tell(f"{names} joined at {stage.base_url}/join")
        worker.take_up(stage.app)
        stage.app.pump.run()
        asked = len(stage.catcher.mails)
        tell(f"{asked} confirmation mails went out over SMTP to a catcher on this machine.")
        for mail in stage.catcher.mails:
            visitor.confirm(mail.part("plain"))
    tell("Each opened the link in their mail and pressed its button.")
    issue = _send_digest(stage)
    tell(f"The digest “{issue['subject']}” went to {issue['accepted']} readers.")
    return Summary(
        posts=stored[0],
        events=stored[1],
        jobs=stored[2],
        subscribers=len(samples.PEOPLE),
        confirmed=asked,
        mails=len(stage.catcher.mails),
        issue=issue,
        inbox=f"{stage.base_url}/inbox",
    )


def _store_samples(stage: Stage) -> list[int]:
    """Return how many posts, events and jobs there are now."""
    now = stage.app.clock()
    with writing(stage.app.engine) as connection:
        return [
            posts.save(connection, topic.id, find(now, stage.base_url), now).added
            for topic, find in zip(
                topics.named(connection, samples.TOPICS),
                (samples.posts, samples.events, samples.jobs),
                strict=True,
            )
        ]


def _send_digest(stage: Stage) -> dict[str, Any]:
    opened = stage.app.open_due(stage.app.clock())
    if opened is None:
        raise MailerError("No issue was due.", "Is the clock of this machine being changed?")
    stage.app.pump.run()
    with reading(stage.app.engine) as connection:
        report = issues.report(connection, opened)
    if report["accepted"] != len(samples.PEOPLE):
        raise MailerError(
            f"Only {report['accepted']} of {len(samples.PEOPLE)} digests were accepted.",
            "See what the lines above say.",
        )
    return report
