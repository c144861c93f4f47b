"""Some thousand rows taken in by one transaction, all of them or none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Connection

from pinlabs_mailer.community import consent, suppression
from pinlabs_mailer.community.consent import Change, Circumstances
from pinlabs_mailer.community.holding import Held, hold
from pinlabs_mailer.community.limits import Limits
from pinlabs_mailer.community.standing import PROMISES, Standing, after
from pinlabs_mailer.db.words import Consent, ConsentChange, Frequency, SuppressionReason
from pinlabs_mailer.transfer import aftermath, known, newcomers
from pinlabs_mailer.transfer.deciding import NOTHING, Said, decide
from pinlabs_mailer.transfer.known import Known
from pinlabs_mailer.transfer.newcomers import Newcomer, Told
from pinlabs_mailer.transfer.outcome import Fate, Outcome, Summary
from pinlabs_mailer.transfer.person import Person

_CALLED = {ConsentChange.IMPORTED: "confirmed", ConsentChange.REQUESTED: "pending"}


@dataclass(frozen=True)
class Order:
    """How an import was ordered."""

    how: Circumstances
    """What is the same for all rows."""
    limits: Limits
    send_confirmations: bool = False
    dry_run: bool = False

    @property
    def now(self) -> datetime:
        """The moment of the import."""
        return self.how.at


@dataclass(slots=True)
class _Dossier:
    """Somebody in the file: what is known of them, and what the rows about them change."""

    person: Person
    known: Known | None
    stand: dict[int, Standing]
    said: dict[int, Said]
    changes: tuple[Told, ...] = ()
    suppress: Person | None = None
    fill_in: dict[str, str] = field(default_factory=dict)
    unconfirmed: frozenset[int] = frozenset()
    """Topics that a row asks for and that they have yet to confirm."""


def take(
    connection: Connection, people: Sequence[Person], order: Order, summary: Summary
) -> list[Fate]:
    """Take these people in, as far as may be, and return what became of each row."""
    keys = {one.address.key for one in people}
    barred: dict[str, SuppressionReason] = {}
    if suppression.has_any(connection):
        barred = suppression.reasons_for(connection, order.how.notary, keys)
    dossiers = _dossiers(connection, people)
    fates = [_judge(one, dossiers[one.address.key], barred, order.how) for one in people]
    if not order.dry_run:
        summary.confirmations += _write(connection, list(dossiers.values()), order)
    summary.outcomes.update(one.outcome for one in fates)
    summary.changes.update(told.what for one in dossiers.values() for told in one.changes)
    summary.suppressed += sum(one.suppress is not None for one in dossiers.values())
    return fates


def _dossiers(connection: Connection, people: Sequence[Person]) -> dict[str, _Dossier]:
    there = known.people(connection, {one.address.key for one in people})
    ids = [one.id for one in there.values()]
    held: Mapping[int, Held] = {}
    said: known.Spoken = {}
    if ids:
        held, said = hold(connection, ids), known.spoken(connection, ids)
    dossiers: dict[str, _Dossier] = {}
    for person in people:
        key = person.address.key
        if key not in dossiers:
            one = there.get(key)
            dossiers[key] = (
                _Dossier(person, one, held[one.id].stand, said.get(one.id, {}))
                if one
                else _Dossier(person, None, {}, {})
            )
    return dossiers


def _judge(
    person: Person,
    dossier: _Dossier,
    barred: dict[str, SuppressionReason],
    how: Circumstances,
) -> Fate:
    line, address = person.line, person.address
    reason = barred.get(address.key)
    if reason is not None and (person.suppressed is None or reason == SuppressionReason.ERASED):
        return Fate(line, address.email, Outcome.LEFT_OUT, f"suppressed: {reason}")
    is_new = dossier.known is None and not dossier.changes
    done: list[str] = []
    if person.suppressed is not None and reason is None:
        dossier.suppress = person
        barred[address.key] = person.suppressed
        done.append(f"suppressed: {person.suppressed}")
    left_out: list[str] = []
    remarks = list(person.remarks)
    if person.status is not None:
        for topic_id in person.topics:
            decision = decide(
                person, dossier.stand.get(topic_id), dossier.said.get(topic_id, NOTHING)
            )
            for what in decision.changes:
                _tell(dossier, person, topic_id, what, how)
                done.append(_CALLED.get(what, what))
            if decision.left_out:
                left_out.append(decision.left_out)
            if decision.remark:
                remarks.append(decision.remark)
            stands = dossier.stand.get(topic_id)
            if stands and stands.status == Consent.PENDING and person.status != Consent.WITHDRAWN:
                dossier.unconfirmed |= {topic_id}
    if dossier.known:
        done += _fill_in(person, dossier, dossier.known)
    why = list(dict.fromkeys([*left_out, *remarks]))
    if done:
        if is_new:
            return Fate(line, address.email, Outcome.ADDED, "; ".join(why))
        return Fate(line, address.email, Outcome.CHANGED, "; ".join(dict.fromkeys([*done, *why])))
    outcome = Outcome.LEFT_OUT if left_out else Outcome.UNCHANGED
    return Fate(line, address.email, outcome, "; ".join(why))


def _tell(
    dossier: _Dossier, person: Person, topic_id: int, what: ConsentChange, how: Circumstances
) -> None:
    """Add a change to what is to be written, and let the next row see it."""
    evidence, given_at = person.evidence, None
    if what == ConsentChange.IMPORTED:
        given_at = person.consented_at
    elif what == ConsentChange.WITHDRAWN:
        evidence, given_at = person.note, person.withdrawn_at
    elif what == ConsentChange.REQUESTED and person.consented_at and not evidence:
        evidence = f"dated {person.consented_at:%Y-%m-%dT%H:%M:%SZ}, without evidence"
    before = dossier.stand.get(topic_id)
    frequency = None
    if what in PROMISES:
        frequency = person.frequency or (before.frequency if before else None) or Frequency.EVERY
    dossier.changes += (Told(topic_id, what, frequency, evidence, given_at),)
    moved = after(before, what, how.at, frequency, given_at)
    assert moved is not None
    dossier.stand[topic_id] = moved
    said = dossier.said.get(topic_id, NOTHING)
    dossier.said[topic_id] = known.after(said, what, given_at or how.at, how.actor)


def _fill_in(person: Person, dossier: _Dossier, known_: Known) -> list[str]:
    """Remember what a row tells of somebody known of whom it was not known."""
    filled = []
    for name in ("name", "timezone"):
        told = getattr(person, name)
        if told and not getattr(known_, name) and name not in dossier.fill_in:
            dossier.fill_in[name] = told
            filled.append(f"{name} filled in")
    return filled


def _write(connection: Connection, dossiers: Sequence[_Dossier], order: Order) -> int:
    """Write what has been decided; return how many confirmations now wait."""
    new = [one for one in dossiers if one.known is None and one.changes]
    ids = newcomers.write(
        connection, [Newcomer(one.person, one.changes, one.stand) for one in new], order.how
    )
    ids |= {one.person.address.key: one.known.id for one in dossiers if one.known}
    moved = [one for one in dossiers if one.known and one.changes]
    if moved:
        _record(connection, moved, order.how)
    for name in ("name", "timezone"):
        values = {
            one.known.id: one.fill_in[name] for one in dossiers if one.known and name in one.fill_in
        }
        aftermath.fill_in(connection, name, values)
    suppressed = [one.suppress for one in dossiers if one.suppress]
    if suppressed:
        aftermath.suppress(connection, suppressed, order.now)
    if not order.send_confirmations:
        return 0
    wanted = {
        ids[one.person.address.key]: one.unconfirmed
        for one in dossiers
        if one.unconfirmed and not one.suppress
    }
    if not wanted:
        return 0
    return aftermath.ask_to_confirm(connection, wanted, order.limits, order.now)


def _record(connection: Connection, moved: Sequence[_Dossier], how: Circumstances) -> None:
    changes = [
        Change(
            one.known.id,
            told.topic_id,
            told.what,
            replace(how, evidence=told.evidence, given_at=told.given_at),
            told.frequency,
        )
        for one in moved
        if one.known
        for told in one.changes
    ]
    consent.record(connection, changes)
    aftermath.drop_waiting(connection, [one.known.id for one in moved if one.known], how.at)
