"""The words that stand in columns, one enum a column; `tables` holds the columns to them.

They live on the lowest floor because the CHECK constraints need them. What they mean, and
which may follow which, is decided upstairs.
"""

from enum import StrEnum


class Consent(StrEnum):
    """Where a subscription stands. `community.consent` says how it moves."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class ConsentChange(StrEnum):
    """What a consent event records."""

    REQUESTED = "requested"
    CONFIRMED = "confirmed"
    CHANGED = "changed"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    RENEWED = "renewed"
    IMPORTED = "imported"
    ERASED = "erased"

    __hash__ = str.__hash__  # looked up several times a row by an import; Enum's own is slow


class Actor(StrEnum):
    """Who brought a consent event about. A provider is who runs somebody's mailbox."""

    PERSON = "person"
    OPERATOR = "operator"
    SYSTEM = "system"
    PROVIDER = "provider"


class Frequency(StrEnum):
    """How often a person wants to hear of a topic."""

    EVERY = "every"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


class SuppressionReason(StrEnum):
    """Why an address must get nothing, whatever its consent."""

    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    MANUAL = "manual"
    ERASED = "erased"


class ItemKind(StrEnum):
    """What sort of thing there is to tell."""

    POST = "post"
    EVENT = "event"
    JOB = "job"


class SourceKind(StrEnum):
    """What a place that items come from is; it decides which module of `sources/` reads it."""

    FEED = "feed"
    PAGE = "page"
    JSONLD = "jsonld"
    FILES = "files"
    ICAL = "ical"
    GREENHOUSE = "greenhouse"
    LEVER = "lever"
    ASHBY = "ashby"
    SMARTRECRUITERS = "smartrecruiters"


class Workplace(StrEnum):
    """Where the work of a job is done."""

    ONSITE = "onsite"
    HYBRID = "hybrid"
    REMOTE = "remote"
    UNKNOWN = "unknown"


class Employment(StrEnum):
    """What sort of employment a job is."""

    FULL_TIME = "full-time"
    PART_TIME = "part-time"
    CONTRACT = "contract"
    TEMPORARY = "temporary"
    INTERN = "intern"
    OTHER = "other"
    UNKNOWN = "unknown"


class IssueStatus(StrEnum):
    """Where an issue stands. `sent` is when nothing of it waits any more."""

    PLANNING = "planning"
    SENDING = "sending"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    SENT = "sent"
    SKIPPED = "skipped"


class DeliveryKind(StrEnum):
    """What a delivery carries; it decides who may be mailed and how long it is tried."""

    DIGEST = "digest"
    CONFIRM = "confirm"
    ALREADY = "already"
    WELCOME = "welcome"
    """The latest issue, for somebody who has just confirmed."""
    RENEWAL = "renewal"
    LINK = "link"
    """A link of its own for one wish of the person."""
    NOTICE = "notice"
    """Something was done that the person should know of."""


class WishKind(StrEnum):
    """What a person asks for themselves; the mailed link does it, or opens the page for it."""

    PREFERENCES = "preferences"
    ADDRESS = "address"
    """Naming another address."""
    MOVE = "move"
    """Confirming it, from there."""
    MOVED = "moved"
    """Nothing to do: the old address is told."""
    DATA = "data"
    ERASE = "erase"


class DeliveryStatus(StrEnum):
    """Where a delivery stands. `outbox.states` says how it moves."""

    PLANNED = "planned"
    SENDING = "sending"
    ACCEPTED = "accepted"
    FAILED = "failed"
    SKIPPED = "skipped"
    EXPIRED = "expired"
    IN_DOUBT = "in_doubt"
    HELD = "held"


class Bounce(StrEnum):
    """Why a mail did not arrive, whether the relay said so or a report that came back."""

    HARD = "hard"
    """There is no such mailbox."""
    SOFT = "soft"
    """The mailbox takes nothing now."""
    DOMAIN = "domain"
    """The domain takes no mail, or is gone."""
    SENDER = "sender"
    """We are refused, or what we wrote: no fault of the recipient's."""


class ReturnKind(StrEnum):
    """What a mail that came back is."""

    HARD = "hard"
    """The address will not take mail: it does not exist, or its domain takes none."""
    SOFT = "soft"
    """It was not delivered, for a reason that may pass or is not the recipient's."""
    COMPLAINT = "complaint"
    AUTO_REPLY = "auto-reply"
    UNSUBSCRIBE = "unsubscribe"
    UNKNOWN = "unknown"
    """Anything else, people's own letters above all. Nobody may act on it by program."""


class Returned(StrEnum):
    """What is counted of an issue beside what became of its deliveries."""

    BOUNCED = "bounced"
    """Came back after the relay had taken it."""
    COMPLAINED = "complained"
    HARD = "hard"
    """Hard bounces, the relay's own refusals among them."""
    SENDER = "sender"
    """Refused because of us, the relay's own refusals among them."""
