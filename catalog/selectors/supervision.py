"""What the planner looks at of the section officers' work (J3): changes of price, stock, listing and category."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from office.audit import api as audit
from office.rulebook import api as rulebook
from office.staff.models import Appointment

RULE = "catalog.supervised"
WINDOW, LATEST = timedelta(days=14), 30
VERBS = (
    "catalog.set_price", "catalog.price_promotion", "catalog.stop_promotion",
    "catalog.stock_corrected", "catalog.stock_counted", "catalog.stock_cleared",
    "catalog.list", "catalog.delist",
    "catalog.add_category", "catalog.update_category", "catalog.update_product",
)  # fmt: skip


def section_changes(now: datetime) -> list[audit.EntryRow]:
    """What was changed lately by those whom the book lets the planner watch over, in the time that they held the post,
    newest first; three queries. Nothing under a book without such a rule."""
    if not rulebook.has_rule(RULE, now):
        return []
    since = now - WINDOW
    terms: dict[int, list[DateTimeTZRange]] = {}
    for person_id, during in Appointment.objects.filter(
        position__in=rulebook.parameter_rule(RULE, at=now).texts(),
        during__overlap=DateTimeTZRange(since, now),
    ).values_list("employee_id", "during"):
        terms.setdefault(person_id, []).append(during)
    acts = audit.acts_of(verbs=VERBS, people=list(terms), since=since, latest=LATEST)
    return [row for person_id, row in acts if any(row.at in during for during in terms[person_id])]
