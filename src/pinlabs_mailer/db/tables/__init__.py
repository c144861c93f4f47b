"""Every table, as SQLAlchemy Core sees it. `docs/glossary.md` says what the nouns mean."""

from pinlabs_mailer.db.tables.base import installation, metadata, topic
from pinlabs_mailer.db.tables.content import (
    edition,
    edition_topic,
    issue,
    issue_item,
    item,
    next_issue,
    sighting,
    source,
)
from pinlabs_mailer.db.tables.ledger import attempt, delivery, folded, retention_count
from pinlabs_mailer.db.tables.people import (
    consent_event,
    opt_in,
    renewal,
    saved_search,
    sign_up,
    sign_up_limit,
    subscriber,
    subscription,
    suppression,
    wish,
    wording,
)
from pinlabs_mailer.db.tables.returns import (
    forwarded_letter,
    issue_return,
    mailbox,
    report,
    return_count,
)

__all__ = [
    "attempt",
    "consent_event",
    "delivery",
    "edition",
    "edition_topic",
    "folded",
    "forwarded_letter",
    "installation",
    "issue",
    "issue_item",
    "issue_return",
    "item",
    "mailbox",
    "metadata",
    "next_issue",
    "opt_in",
    "renewal",
    "report",
    "retention_count",
    "return_count",
    "saved_search",
    "sighting",
    "sign_up",
    "sign_up_limit",
    "source",
    "subscriber",
    "subscription",
    "suppression",
    "topic",
    "wish",
    "wording",
]
