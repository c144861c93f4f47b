"""a request moves no term of proof

Revision ID: 0012
Revises: 0011
"""

from alembic import op

revision = "0012"
down_revision = "0011"

# As `community.standing` derives it: a consent that has ended ended with the last withdrawal, or
# with the last expiry of what had been confirmed; what was only asked for since changes nothing.
TERMS = """
    UPDATE subscription SET term_since = coalesce((
        SELECT max(e.at) FROM consent_event AS e
        WHERE e.subscriber_id = subscription.subscriber_id
        AND e.topic_id = subscription.topic_id
        AND (e.change = 'withdrawn' OR e.change = 'expired' AND (
            SELECT b.change FROM consent_event AS b
            WHERE b.subscriber_id = e.subscriber_id AND b.topic_id = e.topic_id
            AND b.position < e.position
            AND b.change IN ('requested', 'confirmed', 'imported', 'withdrawn', 'expired')
            ORDER BY b.position DESC LIMIT 1) IN ('confirmed', 'imported'))
        ), term_since)
    WHERE status IN ('pending', 'expired')
    AND (withdrawn_at IS NOT NULL OR confirmed_at IS NOT NULL)
"""


def upgrade() -> None:
    op.execute(TERMS)
