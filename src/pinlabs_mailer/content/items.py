"""What there is to tell, as values: a post, an event, a job.

All kinds share an address, a title and a summary; what only an event or a job has stands in
its `details`. Nothing is read or stored here, but this is where an item becomes plain JSON for a
snapshot, and comes back from one.
"""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from pinlabs_mailer.db.words import Employment, ItemKind, Workplace


@dataclass(frozen=True)
class Event:
    """What only an event has. An empty text stands for "not known"."""

    starts_at: datetime
    zone: str = ""
    """IANA name of the zone its times are told in; none: that of the schedule."""
    all_day: bool = False
    place: str = ""
    online_url: str = ""


@dataclass(frozen=True)
class Job:
    """What only a job opening has. An empty text stands for "not known"."""

    department: str = ""
    team: str = ""
    locations: tuple[str, ...] = ()
    workplace: Workplace = Workplace.UNKNOWN
    employment: Employment = Employment.UNKNOWN
    apply_url: str = ""


@dataclass(frozen=True)
class Item:
    """An item as it is stored. An empty text stands for "not known"."""

    id: int
    topic_id: int
    topic: str
    url: str
    title: str
    summary: str
    image_url: str
    image_alt: str
    published_at: datetime | None
    first_seen_at: datetime
    kind: ItemKind = ItemKind.POST
    ends_at: datetime | None = None
    """When an event is over, or a job no longer takes applications."""
    details: Event | Job | None = field(default=None)
    pinned: int | None = None
    """Its place among the pinned, from 1."""


def details_json(details: Event | Job | None) -> dict[str, Any] | None:
    """Return what only this kind has as plain JSON."""
    return None if details is None else _plain(asdict(details))


def details_of(kind: ItemKind, stored: dict[str, Any] | None) -> Event | Job | None:
    """Return what `details_json` made."""
    if stored is None:
        return None
    if kind is ItemKind.EVENT:
        return Event(**stored | {"starts_at": datetime.fromisoformat(stored["starts_at"])})
    return Job(
        **stored
        | {
            "locations": tuple(stored["locations"]),
            "workplace": Workplace(stored["workplace"]),
            "employment": Employment(stored["employment"]),
        }
    )


def snapshot(item: Item) -> dict[str, Any]:
    """Return an item as an issue keeps it."""
    return _plain(asdict(item))


def from_snapshot(kept: dict[str, Any]) -> Item:
    """Return the item that was kept; one from before there were kinds is a post."""
    values: dict[str, Any] = {
        name: datetime.fromisoformat(value) if name.endswith("_at") and value else value
        for name, value in kept.items()
    }
    kind = ItemKind(values.get("kind", ItemKind.POST))
    details = details_of(kind, values.get("details"))
    return Item(**values | {"kind": kind, "details": details})


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {name: _value(value) for name, value in values.items()}


def _value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return _plain(value)
    return list(value) if isinstance(value, tuple) else value
