"""Questions whose answer must be zero: what would be wrong with the ledger, counted."""

from collections.abc import Mapping

from sqlalchemy import Connection, text

FAULTS: Mapping[str, str] = {
    "two digests of one issue for one person": """
        SELECT count(*) FROM (SELECT 1 FROM delivery WHERE kind = 'digest'
        GROUP BY issue_id, subscriber_id HAVING count(*) > 1) AS twice""",
    "digests whose edition is of another issue": """
        SELECT count(*) FROM delivery LEFT JOIN edition ON edition.id = delivery.edition_id
        WHERE kind = 'digest'
        AND (edition.id IS NULL OR edition.issue_id <> delivery.issue_id)""",
    "accepted without a try, a moment or the relay's word": """
        SELECT count(*) FROM delivery WHERE status = 'accepted'
        AND (attempts < 1 OR finished_at IS NULL OR reply NOT LIKE '2%')""",
    "failed or skipped without a reason": """
        SELECT count(*) FROM delivery WHERE status IN ('failed', 'skipped') AND reason = ''""",
    "on the wire of no process": """
        SELECT count(*) FROM delivery WHERE status = 'sending' AND held_by IS NULL""",
    "waiting or done, and still on a process's wire": """
        SELECT count(*) FROM delivery WHERE status <> 'sending' AND held_by IS NOT NULL""",
    "waiting in an issue that is over": """
        SELECT count(*) FROM delivery JOIN issue ON issue.id = delivery.issue_id
        WHERE issue.status IN ('sent', 'cancelled', 'skipped')
        AND delivery.status = 'planned'""",
    "folded before they were done, or into an issue that is being planned": """
        SELECT count(*) FROM folded JOIN issue ON issue.id = folded.issue_id
        WHERE folded.status IN ('planned', 'sending', 'in_doubt') OR folded.number < 1
        OR issue.status = 'planning'""",
    "in doubt more often than tried": """
        SELECT count(*) FROM delivery WHERE doubts > attempts""",
    "one item to one person in two digests": """
        SELECT count(*) FROM (SELECT 1 FROM delivery
        JOIN edition ON edition.id = delivery.edition_id, {items} AS item
        WHERE delivery.status IN ('planned', 'sending', 'accepted', 'in_doubt', 'held')
        GROUP BY delivery.subscriber_id, item.value HAVING count(*) > 1) AS twice""",
}

_ITEMS = {
    "sqlite": "json_each(edition.item_ids)",
    "postgresql": "LATERAL json_array_elements_text(edition.item_ids)",
}


def audit(connection: Connection) -> dict[str, int]:
    """Return how many deliveries have each fault; all zero is what must be."""
    items = _ITEMS[connection.dialect.name]
    return {
        name: int(connection.execute(text(query.format(items=items))).scalar_one())
        for name, query in FAULTS.items()
    }
