"""What people were sent before, as the outbox has it: one row a person and issue, with its edition.

Nothing is kept beside it. A slice of people is read from an index alone, their editions as one text
each; people with the same text share one past, so the cost goes with the number of different pasts.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Text, cast, func, select

from pinlabs_mailer.db import plain
from pinlabs_mailer.db.among import is_among
from pinlabs_mailer.db.tables import delivery, edition, edition_topic, issue, issue_item
from pinlabs_mailer.db.tables.ledger import NOT_SENT
from pinlabs_mailer.db.words import Frequency
from pinlabs_mailer.digest.picker import Past, Rules, together, turns
from pinlabs_mailer.digest.shelf import Shelf

_A_MONTH = timedelta(days=32)
_NO_TURNS: frozenset[tuple[int, Frequency]] = frozenset()


def first_issued(
    connection: Connection, item_ids: Collection[int], issue_id: int | None
) -> dict[int, datetime]:
    """Return when the first issue that had each item was opened, this one aside."""
    found = connection.execute(
        select(issue_item.c.item_id, func.min(issue.c.opened_at).label("at"))
        .join(issue)
        .where(is_among(issue_item.c.item_id, item_ids), issue.c.id != (issue_id or 0))
        .group_by(issue_item.c.item_id)
    )
    return {row.item_id: row.at for row in found}


class History:
    """The pasts of the readers of one issue.

    Only issues matter that had one of its candidates, whenever that was, or that were of late, for
    the sake of frequencies. `issue_id` is the issue itself when its planning is taken up again:
    what it has planned already is no past.
    """

    def __init__(
        self, connection: Connection, shelf: Shelf, rules: Rules, issue_id: int | None
    ) -> None:
        self._connection, self._shelf, self._rules = connection, shelf, rules
        self._issue_id = issue_id
        item_ids = [item.id for item in shelf.items]
        had_one = select(issue_item.c.issue_id).where(is_among(issue_item.c.item_id, item_ids))
        matter = issue.c.id.in_(had_one) | (issue.c.as_of >= rules.as_of - _A_MONTH)
        self._first = connection.execute(
            select(func.min(edition.c.id)).join(issue).where(matter)
        ).scalar()
        self._editions: dict[str, Past] = {}

    def pasts(self, after: int, upto: int) -> dict[int, Past]:
        """Return what those of a slice were sent; people with the same past share one."""
        if self._first is None:
            return {}
        told = dict(self._told(after, upto))
        for subscriber_id, failed in self._not_sent(after, upto):
            rest = told.get(subscriber_id, "").split(",")
            told[subscriber_id] = ",".join(one for one in rest if one != failed)
        alike = set(told.values())
        self._editions = self._needed({one for some in alike for one in some.split(",") if one})
        pasts = {
            some: together(self._editions[one] for one in some.split(",") if one) for some in alike
        }
        return {subscriber_id: pasts[some] for subscriber_id, some in told.items()}

    def _told(self, after: int, upto: int) -> Iterable[tuple[int, str]]:
        editions = func.aggregate_strings(cast(delivery.c.edition_id, Text), ",")
        return plain.rows(
            self._connection.execute(
                select(delivery.c.subscriber_id, editions)
                .where(delivery.c.subscriber_id > after, delivery.c.subscriber_id <= upto)
                .where(delivery.c.edition_id >= self._first)
                .group_by(delivery.c.subscriber_id)
            )
        )

    def _not_sent(self, after: int, upto: int) -> Iterable[tuple[int, str]]:
        """Return what came to nothing (`states.COUNTS_AS_SENT`), so that it can come again."""
        return plain.rows(
            self._connection.execute(
                select(delivery.c.subscriber_id, cast(delivery.c.edition_id, Text))
                .where(delivery.c.subscriber_id > after, delivery.c.subscriber_id <= upto)
                .where(delivery.c.edition_id >= self._first, NOT_SENT)
            )
        )

    def _needed(self, wanted: set[str]) -> dict[str, Past]:
        """Return these editions. Those that were needed a slice ago are known: many are shared, and
        of those that one person had alone no more are kept than a slice has."""
        known = {one: self._editions[one] for one in wanted & self._editions.keys()}
        ids = [int(one) for one in wanted - known.keys()]
        found = self._connection.execute(
            select(edition.c.id, edition.c.issue_id, edition.c.item_ids).where(
                is_among(edition.c.id, ids)
            )
        )
        rows = plain.rows(found)
        of_late = self._turns([(row[0], row[1]) for row in rows])
        lists = _lists([row[2] for row in rows])
        for (edition_id, issue_id, _), item_ids in zip(rows, lists, strict=True):
            past = Past()
            if issue_id != self._issue_id:
                past = Past(self._shelf.of(item_ids), of_late.get(edition_id, _NO_TURNS))
            known[str(edition_id)] = past
        return known

    def _turns(self, editions: Iterable[tuple[int, int]]) -> Mapping[int, frozenset[Any]]:
        """Return which turns each edition used up; only those of late can have used one."""
        late = {
            row.id: row.as_of
            for row in self._connection.execute(
                select(issue.c.id, issue.c.as_of).where(
                    issue.c.as_of >= self._rules.as_of - _A_MONTH
                )
            )
        }
        moments = {one: late[issue_id] for one, issue_id in editions if issue_id in late}
        topics: dict[int, list[int]] = {}
        if moments:
            found = self._connection.execute(
                select(edition_topic).where(is_among(edition_topic.c.edition_id, moments))
            )
            for edition_id, topic_id in plain.rows(found):
                topics.setdefault(edition_id, []).append(topic_id)
        return {one: turns(some, moments[one], self._rules) for one, some in topics.items()}


def _lists(values: Sequence[str | list[int]]) -> list[list[int]]:
    """Return a column of JSON as the drivers give it: texts on SQLite, lists on PostgreSQL."""
    texts = [value for value in values if isinstance(value, str)]
    made: list[list[int]] = json.loads(f"[{','.join(texts)}]")
    return made or [value for value in values if not isinstance(value, str)]
