"""How a delivery moves, as one table. Pure.

    planned --start--> sending --accept--> accepted
       |                  |--release--> planned, untouched: it never left
       |                  |--defer--> planned, not before the back-off
       |                  |--refuse--> failed
       |                  |--give_up--> expired
       |                  `--lose--> in_doubt --resend--> planned
       |                                 `--hold--> held
       `--drop--> skipped

    failed, expired, held --put_back--> planned, because the operator says so

`start` claims and guards in one statement: it takes what nobody has, and looks again at consent.

A reply may be lost after the final dot: the relay may have taken the message. That is
`in_doubt`, and it is settled by policy, never by forgetting.
"""

from enum import StrEnum

from pinlabs_mailer.db.words import DeliveryStatus as Status


class Move(StrEnum):
    """What happens to a delivery."""

    RELEASE = "release"
    START = "start"
    ACCEPT = "accept"
    DEFER = "defer"
    REFUSE = "refuse"
    GIVE_UP = "give_up"
    LOSE = "lose"
    RESEND = "resend"
    HOLD = "hold"
    DROP = "drop"
    PUT_BACK = "put_back"


MOVES: dict[Move, tuple[frozenset[Status], Status]] = {
    Move.RELEASE: (frozenset({Status.SENDING}), Status.PLANNED),
    Move.START: (frozenset({Status.PLANNED}), Status.SENDING),
    Move.ACCEPT: (frozenset({Status.SENDING}), Status.ACCEPTED),
    Move.DEFER: (frozenset({Status.SENDING}), Status.PLANNED),
    Move.REFUSE: (frozenset({Status.SENDING}), Status.FAILED),
    Move.GIVE_UP: (frozenset({Status.SENDING, Status.PLANNED}), Status.EXPIRED),
    Move.LOSE: (frozenset({Status.SENDING}), Status.IN_DOUBT),
    Move.RESEND: (frozenset({Status.IN_DOUBT}), Status.PLANNED),
    Move.HOLD: (frozenset({Status.IN_DOUBT}), Status.HELD),
    Move.DROP: (frozenset({Status.PLANNED}), Status.SKIPPED),
    Move.PUT_BACK: (frozenset({Status.FAILED, Status.EXPIRED, Status.HELD}), Status.PLANNED),
}
"""Move -> (the states it may start from, the state it leads to)."""

WAITING = frozenset({Status.PLANNED, Status.SENDING})
COUNTS_AS_SENT = frozenset({Status.SENDING, Status.ACCEPTED, Status.IN_DOUBT, Status.HELD})
SENT_OR_ABOUT_TO_BE = COUNTS_AS_SENT | WAITING
"""What a person must not be sent again: an issue that still waits will bring it."""


def after(status: Status, move: Move) -> Status:
    """Return the state that `move` leads to, or raise ValueError if it may not happen."""
    sources, target = MOVES[move]
    if status not in sources:
        raise ValueError(f"a delivery that is {status} cannot {move}")
    return target
