"""How many pieces of a line are where. Pure."""

from __future__ import annotations

from typing import NamedTuple


class Held(NamedTuple):
    """Pieces of one arrived line: as counted last, as accepted and still there, as refused."""

    counted: int
    accepted: int
    refused: int

    @property
    def undecided(self) -> int:
        return self.counted - self.accepted - self.refused

    def withdrawn(self, counted: int) -> int:
        """How many accepted pieces are not there when `counted` is right. Refused ones were there: they went back."""
        return max(self.accepted + self.refused - counted, 0)


class Tally(NamedTuple):
    """Pieces of one line: as ordered, as the delivery notes say, what of those has not been counted in yet
    (`under_way`), as counted, as accepted, as refused to be made anew, repaired or returned."""

    ordered: int
    shipped: int = 0
    under_way: int = 0
    counted: int = 0
    accepted: int = 0
    refused: int = 0

    @property
    def undecided(self) -> int:
        """Counted in, and nobody has said yet whether they are accepted."""
        return self.counted - self.accepted - self.refused

    @property
    def missing(self) -> int:
        """Pieces that are not accepted yet, wherever they are."""
        return max(self.ordered - self.accepted, 0)


class Ready(NamedTuple):
    """Pieces of one line of an order that is paid before shipping (P2.2): as stated ready, what of those is paid for,
    what has left of them."""

    stated: int = 0
    paid: int = 0
    gone: int = 0


def to_state(tally: Tally, ready: Ready) -> int:
    """What may still be stated ready: what is to be sent, less what stands ready already."""
    return max(to_ship(tally) - (ready.stated - ready.gone), 0)


def may_leave(tally: Tally, ready: Ready) -> int:
    """What is to be sent, stands ready and is paid for."""
    return max(min(to_ship(tally), ready.paid - ready.gone), 0)


def to_ship(tally: Tally) -> int:
    """What the supplier still has to send: what is neither accepted, nor waits here to be decided, nor is under way.
    Pieces counted short are to come again; refused ones too."""
    return max(tally.ordered - tally.accepted - tally.undecided - tally.under_way, 0)
