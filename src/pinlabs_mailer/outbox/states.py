"""How a delivery moves, as one table. Pure.

    planned --claim--> leased --start--> sending --accept--> accepted
       ^                 |                  |--defer--> planned, not before the back-off
       |<----release-----|                  |--refuse--> failed
       |                                    |--give_up--> expired
       |                                    `--lose--> in_doubt --resend--> planned
       |                                                  `--hold--> held
       `-- planned|leased --drop--> skipped

A reply may be lost after the final dot: the relay may have taken the message. That is
`in_doubt`, and it is settled by policy, never by forgetting.
"""

from enum import StrEnum

from pinlabs_mailer.db.words import DeliveryStatus as Status


class Move(StrEnum):
    """What happens to a delivery."""

    CLAIM = "claim"
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


MOVES: dict[Move, tuple[frozenset[Status], Status]] = {
    Move.CLAIM: (frozenset({Status.PLANNED}), Status.LEASED),
    Move.RELEASE: (frozenset({Status.LEASED, Status.SENDING}), Status.PLANNED),
    Move.START: (frozenset({Status.LEASED}), Status.SENDING),
    Move.ACCEPT: (frozenset({Status.SENDING}), Status.ACCEPTED),
    Move.DEFER: (frozenset({Status.SENDING}), Status.PLANNED),
    Move.REFUSE: (frozenset({Status.SENDING}), Status.FAILED),
    Move.GIVE_UP: (frozenset({Status.SENDING, Status.PLANNED}), Status.EXPIRED),
    Move.LOSE: (frozenset({Status.SENDING}), Status.IN_DOUBT),
    Move.RESEND: (frozenset({Status.IN_DOUBT}), Status.PLANNED),
    Move.HOLD: (frozenset({Status.IN_DOUBT}), Status.HELD),
    Move.DROP: (frozenset({Status.PLANNED, Status.LEASED}), Status.SKIPPED),
}
"""Move -> (the states it may start from, the state it leads to)."""

WAITING = frozenset({Status.PLANNED, Status.LEASED, Status.SENDING})
COUNTS_AS_SENT = frozenset({Status.SENDING, Status.ACCEPTED, Status.IN_DOUBT, Status.HELD})
SENT_OR_ABOUT_TO_BE = COUNTS_AS_SENT | WAITING
"""What a person must not be sent again: an issue that still waits will bring it."""


def after(status: Status, move: Move) -> Status:
    """Return the state that `move` leads to, or raise ValueError if it may not happen."""
    sources, target = MOVES[move]
    if status not in sources:
        raise ValueError(f"a delivery that is {status} cannot {move}")
    return target
