"""The life of a purchase order and of a sample, as tables: which word may be said in which state, and where it leads.

The database holds the same tables (migration 0007_order_law); a test compares the two, state by state, word by word.

    draft ─issued→ issued ─sent→ sent ─returned→ returned ─┬─production_started→ producing ─shipped→ shipped
                                   └─deemed→ deemed_accepted ─┘                  shipped ─closed, ended→ closed
    and from every state before shipped: cancelled; from closed, by a recount: reopened → shipped.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Said(NamedTuple):
    """A word that may be said in the states `within`; `to` is the state after it, "" when it stays."""

    within: tuple[str, ...]
    to: str = ""
    clause: str = ""


IN_HAND = ("returned", "deemed_accepted")
ORDER: Final[dict[str, Said]] = {
    "issued": Said(("draft",), "issued", "P1.3"),
    "sent": Said(("issued",), "sent", "P1.3"),
    "opened": Said(("sent", *IN_HAND, "producing", "shipped"), "", "P7b"),
    "returned": Said(("sent", "deemed_accepted"), "returned", "P7b"),
    "deemed": Said(("sent",), "deemed_accepted", "P7b"),
    "first_sample_theirs": Said(IN_HAND, "", "P1.4"),
    "first_sample_ours": Said(IN_HAND, "", "P1.4"),
    "first_sample_refused": Said(IN_HAND, "", "P1.4"),
    "production_started": Said(IN_HAND, "producing", "P1.1"),
    "place_changed": Said((*IN_HAND, "producing", "shipped"), "", "P7a"),
    "delay_judged": Said((*IN_HAND, "producing", "shipped"), "", "P1.5"),
    "shipped": Said(("producing", "shipped"), "shipped", "P7a"),
    "closed": Said(("shipped",), "closed", "P7c"),
    "reopened": Said(("closed",), "shipped", "P7a"),
    "ended": Said(("shipped",), "closed", "P1.5"),
    "cancelled": Said(("draft", "issued", "sent", *IN_HAND, "producing"), "cancelled", "P1.5"),
}
#: In these states nobody but us has the order: it is cancelled without a chain.
OURS_ALONE: Final = ("draft", "issued")

SAMPLE: Final[dict[str, Said]] = {
    "requested": Said(("requested",), "requested", "P1.1"),
    "made": Said(("requested",), "made", "P1.1"),
    "photographed": Said(("made", "photographed"), "photographed", "P1.1"),
    "signed_off": Said(("photographed",), "signed_off", "P1.1"),
    "refused": Said(("made", "photographed"), "requested", "P1.1"),
    "given_up": Said(("requested", "made", "photographed"), "given_up", "P1.1"),
}


def may(table: dict[str, Said], word: str, state: str) -> bool:
    """Whether the word may be said in the state."""
    return state in table[word].within


def agreed_first_sample(words: list[str]) -> bool:
    """Whether both sides have confirmed the first sample (P1.4), by the words of the order in their order: a refusal
    takes back what was confirmed before it."""
    sides: set[str] = set()
    for word in words:
        if word == "first_sample_refused":
            sides.clear()
        elif word in ("first_sample_theirs", "first_sample_ours"):
            sides.add(word)
    return len(sides) == 2
