"""Every move from every state, against the picture in the house plan."""

import pytest

from pinlabs_mailer.db.words import DeliveryStatus as Status
from pinlabs_mailer.outbox.states import (
    COUNTS_AS_SENT,
    MOVES,
    SENT_OR_ABOUT_TO_BE,
    WAITING,
    Move,
    after,
)

ALLOWED = {
    (Status.PLANNED, Move.START): Status.SENDING,
    (Status.PLANNED, Move.GIVE_UP): Status.EXPIRED,
    (Status.PLANNED, Move.DROP): Status.SKIPPED,
    (Status.SENDING, Move.ACCEPT): Status.ACCEPTED,
    (Status.SENDING, Move.DEFER): Status.PLANNED,
    (Status.SENDING, Move.RELEASE): Status.PLANNED,
    (Status.SENDING, Move.REFUSE): Status.FAILED,
    (Status.SENDING, Move.GIVE_UP): Status.EXPIRED,
    (Status.SENDING, Move.LOSE): Status.IN_DOUBT,
    (Status.IN_DOUBT, Move.RESEND): Status.PLANNED,
    (Status.IN_DOUBT, Move.HOLD): Status.HELD,
    (Status.FAILED, Move.PUT_BACK): Status.PLANNED,
    (Status.EXPIRED, Move.PUT_BACK): Status.PLANNED,
    (Status.HELD, Move.PUT_BACK): Status.PLANNED,
}
DONE = {Status.ACCEPTED, Status.FAILED, Status.SKIPPED, Status.EXPIRED, Status.HELD}


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("move", Move)
def test_every_move_from_every_state(status: Status, move: Move) -> None:
    if (status, move) in ALLOWED:
        assert after(status, move) is ALLOWED[status, move]
    else:
        with pytest.raises(ValueError, match=f"a delivery that is {status} cannot {move}"):
            after(status, move)


def test_the_table_has_every_move() -> None:
    assert set(MOVES) == set(Move)


@pytest.mark.parametrize("status", Status)
def test_what_is_done_moves_only_by_the_operator_and_all_else_can(status: Status) -> None:
    moves = {move for source, move in ALLOWED if source is status}
    assert bool(moves - {Move.PUT_BACK}) == (status not in DONE)


def test_what_arrived_and_what_may_not_be_sent_never_moves() -> None:
    assert not {Status.ACCEPTED, Status.SKIPPED} & {source for source, _ in ALLOWED}


def test_nothing_reaches_the_wire_but_through_the_guard() -> None:
    assert {move for (_, move), target in ALLOWED.items() if target is Status.SENDING} == {
        Move.START
    }
    assert {source for (source, move) in ALLOWED if move is Move.START} == {Status.PLANNED}


def test_a_withdrawal_reaches_all_that_is_not_on_the_wire() -> None:
    assert {source for (source, move) in ALLOWED if move is Move.DROP} == WAITING - {Status.SENDING}


def test_what_counts_as_sent() -> None:
    assert {Status.SENDING, Status.ACCEPTED, Status.IN_DOUBT, Status.HELD} == COUNTS_AS_SENT
    assert COUNTS_AS_SENT | {Status.PLANNED} == SENT_OR_ABOUT_TO_BE
    assert not SENT_OR_ABOUT_TO_BE & {Status.FAILED, Status.SKIPPED, Status.EXPIRED}


def test_every_state_has_one_place_in_the_total() -> None:
    assert {Status.PLANNED, Status.SENDING} == WAITING
    assert WAITING | DONE | {Status.IN_DOUBT} == set(Status)
