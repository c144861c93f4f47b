"""What an import may do to a subscription. Pure; the record of the decision is 0015.

A withdrawal beats any older consent, and nobody but the person can undo it: evidence that is newer
than the withdrawal lets them be asked again and confirms nothing. What is confirmed stays so,
unless a newer withdrawal comes in.
"""

from datetime import datetime
from typing import NamedTuple

from pinlabs_mailer.community.standing import Standing
from pinlabs_mailer.db.words import Consent, ConsentChange
from pinlabs_mailer.transfer.person import Person


class Said(NamedTuple):
    """When somebody last said something about a topic, wherever they said it."""

    consented: datetime | None = None
    withdrew: datetime | None = None
    asked: datetime | None = None
    """Of their own accord; an operator who imports them does not count."""
    expired: datetime | None = None
    """When what they had said ended by itself; None once they have consented again."""


NOTHING = Said()


class Decision(NamedTuple):
    """The changes to record, in their order, or why there are none."""

    changes: tuple[ConsentChange, ...] = ()
    left_out: str = ""
    remark: str = ""


_STAYS = Decision()
_IMPORT, _ASK = Decision((ConsentChange.IMPORTED,)), Decision((ConsentChange.REQUESTED,))


def decide(person: Person, now: Standing | None, said: Said) -> Decision:
    """Return what becomes of one subscription of a person."""
    match person.status:
        case Consent.CONFIRMED:
            return _confirm(person, now, said)
        case Consent.PENDING:
            return _ask(now)
        case Consent.WITHDRAWN:
            return _withdraw(person, now, said)
        case Consent.EXPIRED if now is None:
            proved = person.consented_at and person.evidence
            first = ConsentChange.IMPORTED if proved else ConsentChange.REQUESTED
            return Decision((first, ConsentChange.EXPIRED))
    return _STAYS


def _confirm(person: Person, now: Standing | None, said: Said) -> Decision:
    assert person.consented_at is not None
    if now is None:
        return _IMPORT
    if now.status == Consent.CONFIRMED:
        return _STAYS
    if now.refused:
        withdrew = said.withdrew or now.withdrawn_at
        if withdrew is None or withdrew >= person.consented_at:
            return Decision(left_out=f"withdrew{_on(withdrew)}, not before this consent")
        return _ask_again(now, f"withdrew{_on(withdrew)}: only their own confirmation counts")
    # a request that somebody may have made in their name does not hide that consent has expired
    if now.status == Consent.EXPIRED or said.expired:
        latest = said.consented or said.asked
        if latest and latest >= person.consented_at:
            return Decision(left_out="their consent has expired and this is no newer one")
        return _ask_again(now, "their consent had expired: only their own confirmation counts")
    return _IMPORT


def _ask_again(now: Standing, why: str) -> Decision:
    if now.status == Consent.PENDING:
        return _STAYS
    return Decision((ConsentChange.REQUESTED,), remark=f"pending: {why}")


def _ask(now: Standing | None) -> Decision:
    if now is None:
        return _ASK
    if now.status == Consent.WITHDRAWN:
        return Decision(left_out=f"withdrew{_on(now.withdrawn_at)}")
    if now.status == Consent.EXPIRED:
        return Decision(left_out="their consent has expired")
    return _STAYS


def _withdraw(person: Person, now: Standing | None, said: Said) -> Decision:
    if now is not None:
        if now.status == Consent.WITHDRAWN:
            return _STAYS
        latest = said.consented if now.status == Consent.CONFIRMED else said.asked
        if latest and person.withdrawn_at and latest > person.withdrawn_at:
            return Decision(left_out=f"consented again{_on(latest)}, after this withdrawal")
    return Decision((ConsentChange.WITHDRAWN,))


def _on(moment: datetime | None) -> str:
    return f" on {moment:%Y-%m-%d}" if moment else ""
