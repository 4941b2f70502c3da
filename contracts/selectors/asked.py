"""What is named in requests for payments that are on their way: not refused, and not carried out yet."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from office.approvals.models import Run

KIND = "contracts.payment"
LIVE = [Run.State.RUNNING, Run.State.RETURNED, Run.State.AGREED]

_NAMED = """
SELECT r.id, (named.line ->> 'payable')::bigint, (named.line ->> 'set_off')::bigint
FROM approvals_run r
CROSS JOIN LATERAL approvals_asked(r.id, false) asked
CROSS JOIN LATERAL jsonb_array_elements((asked.item -> 'lines') || (asked.item -> 'uses')) named (line)
WHERE r.kind = %(kind)s AND r.state = ANY (%(live)s) AND r.id <> %(but)s
  AND ((named.line ->> 'payable')::bigint = ANY (%(payables)s)
       OR (named.line ->> 'set_off')::bigint = ANY (%(set_offs)s))
ORDER BY r.id
"""


def on_their_way(supplier_id: int) -> QuerySet[Run]:
    """To one supplier."""
    found: QuerySet[Run] = Run.objects.filter(kind=KIND, state__in=LIVE)
    return found.filter(subject_id__startswith=f"{supplier_id}-")


@dataclass(frozen=True, slots=True)
class Named:
    """The request that names it, by payable and by set-off."""

    payables: dict[int, int] = field(default_factory=dict)
    set_offs: dict[int, int] = field(default_factory=dict)


def named(payables: Collection[int], set_offs: Collection[int] = (), *, but: int = 0) -> Named:
    """Which of these are in a request on its way, `but` that one; one statement."""
    owed, claims, found = set(payables), set(set_offs), Named()
    values: dict[str, Any] = {"kind": KIND, "live": [str(each) for each in LIVE], "but": but}
    with connection.cursor() as cursor:
        cursor.execute(_NAMED, {**values, "payables": list(owed), "set_offs": list(claims)})
        for run, payable, set_off in cursor.fetchall():
            if payable in owed:
                found.payables[payable] = run
            if set_off in claims:
                found.set_offs[set_off] = run
    return found
