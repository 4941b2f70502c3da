"""Facts behind the scores of suppliers: in sets, a few statements for all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection

from contracts.models import SetOff, Supplier, SupplierScore
from contracts.rules.score import CONDITIONS, Facts

#: Claims that rest on quality.
QUALITY_CLAIMS = (SetOff.Kind.MATERIAL, SetOff.Kind.COMPLAINT)

_FACTS = """
WITH wanted AS (SELECT unnest(%(ids)s::bigint[]) AS supplier),
priced AS (
    SELECT o.supplier_id AS supplier, l.unit_price, o.issued_at,
           lag(l.unit_price) OVER (PARTITION BY o.supplier_id, l.sku ORDER BY o.issued_at, l.id) AS before
    FROM contracts_orderline l JOIN contracts_purchaseorder o ON o.id = l.order_id
    JOIN wanted ON wanted.supplier = o.supplier_id
    WHERE l.sku <> '' AND o.issued_at < %(end)s AND o.state NOT IN ('draft', 'cancelled')
), prices AS (
    SELECT supplier, count(*) AS of, count(*) FILTER (WHERE unit_price <= before) AS kept FROM priced
    WHERE before IS NOT NULL AND issued_at >= %(start)s GROUP BY 1
), due AS (
    SELECT o.supplier_id AS supplier, l.quantity,
           (SELECT coalesce(sum(contracts_counted(a.id)), 0) FROM contracts_arrivalline a
            JOIN contracts_arrival r ON r.id = a.arrival_id
            WHERE a.line_id = l.id AND r.arrived_on <= l.due_on) AS came
    FROM contracts_orderline l JOIN contracts_purchaseorder o ON o.id = l.order_id
    JOIN wanted ON wanted.supplier = o.supplier_id
    WHERE o.state NOT IN ('draft', 'cancelled') AND l.due_on >= %(first)s AND l.due_on < %(after)s
), deliveries AS (
    SELECT supplier, count(*) AS of, count(*) FILTER (WHERE came >= quantity) AS kept FROM due GROUP BY 1
), decided AS (
    SELECT o.supplier_id AS supplier, a.id AS arrived, sum(c.accepted) AS accepted, sum(c.refused) AS refused
    FROM contracts_acceptance c
    JOIN contracts_arrivalline a ON a.id = c.arrived_id
    JOIN contracts_orderline l ON l.id = a.line_id
    JOIN contracts_purchaseorder o ON o.id = l.order_id
    JOIN wanted ON wanted.supplier = o.supplier_id
    WHERE c.at >= %(start)s AND c.at < %(end)s GROUP BY 1, 2
), stands AS (
    -- Pieces that a recount took back were never there: they are neither good nor judged.
    SELECT supplier, refused, greatest(accepted - (
        SELECT coalesce(sum(n.withdrawn), 0) FROM contracts_recount n
        WHERE n.arrived_id = decided.arrived AND n.at < %(end)s), 0) AS accepted FROM decided
), judged AS (
    SELECT supplier, sum(accepted) AS kept, sum(accepted + refused) AS of FROM stands GROUP BY 1
), claimed AS (
    SELECT s.supplier_id AS supplier, count(*) AS of FROM contracts_setoff s
    JOIN wanted ON wanted.supplier = s.supplier_id
    WHERE s.kind = ANY (%(kinds)s) AND s.on >= %(first)s AND s.on < %(after)s
      AND NOT EXISTS (SELECT FROM contracts_setoffend e WHERE e.set_off_id = s.id) GROUP BY 1
)
SELECT supplier, prices.kept, prices.of, deliveries.kept, deliveries.of, judged.kept, judged.of, claimed.of
FROM wanted LEFT JOIN prices USING (supplier) LEFT JOIN deliveries USING (supplier)
LEFT JOIN judged USING (supplier) LEFT JOIN claimed USING (supplier)
"""


def facts_of(suppliers: Sequence[Supplier], first: date, after: date) -> dict[int, Facts]:
    """From the first day to the day before `after`, in Asia/Shanghai, by supplier."""
    values: dict[str, Any] = {
        "ids": [each.pk for each in suppliers],
        "first": first,
        "after": after,
        "start": f"{first} 00:00+08",
        "end": f"{after} 00:00+08",
        "kinds": [str(kind) for kind in QUALITY_CLAIMS],
    }
    with connection.cursor() as cursor:
        cursor.execute(_FACTS, values)
        return {row[0]: Facts(*(int(each or 0) for each in row[1:])) for row in cursor.fetchall()}


def last_scores(suppliers: Sequence[Supplier], month: date) -> dict[int, SupplierScore]:
    """The newest score before the month, by supplier."""
    found = SupplierScore.objects.filter(supplier__in=suppliers, month__lt=month)
    return {
        each.supplier_id: each for each in found.order_by("supplier_id", "-month").distinct("supplier_id")
    }


def figures_of(score: SupplierScore | None) -> Mapping[str, Decimal | None]:
    return {each: getattr(score, each) for each in CONDITIONS} if score else {}
