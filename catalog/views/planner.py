"""What the planner writes down: what is asked for, the records, one of them."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from catalog.forms.planning import RecordForm
from catalog.models import PlannerTask
from catalog.rules.planning import KINDS
from catalog.selectors import planning as selectors
from catalog.selectors.supervision import section_changes
from catalog.services import planning as verbs
from catalog.services.planning import KEEP
from catalog.subjects import record_subject
from catalog.views.answers import explain, number
from office.audit import api as audit
from office.errors import Refused
from office.rulebook.guards import entered, permitted, person

VIEW = "catalog.planner_view"


@require_http_methods(["GET", "POST"])
@permitted(VIEW)
def planner(request: HttpRequest) -> HttpResponse:
    """Tasks and records; POST keeps a record."""
    return _planner(request, None)


@require_http_methods(["GET", "POST"])
@permitted(VIEW)
def planner_task(request: HttpRequest, pk: int) -> HttpResponse:
    """The same, writing what a task asks for; once it is done, what was written."""
    task = selectors.access_task(pk)
    done = getattr(task, "record", None)
    if done is not None and request.method == "GET":
        return redirect("catalog:planner_record", done.pk)
    return _planner(request, task)


def _planner(request: HttpRequest, task: PlannerTask | None) -> HttpResponse:
    now, may = timezone.now(), KEEP in entered(request).permissions
    if request.method == "POST" and not may:
        raise PermissionDenied
    kinds = selectors.kinds_now(now)
    form = RecordForm(
        request.POST or None, kinds=None if task else kinds, initial={"on": timezone.localdate(now)}
    )
    if form.is_bound and form.is_valid():
        given = {"kind": task.kind if task else "", **form.cleaned_data}
        try:
            made = verbs.keep_record(**given, task_id=task.pk if task else None, by=person(request), now=now)
        except Refused as refused:
            explain(form, refused)
        else:
            messages.success(request, _("Kept."))
            return redirect("catalog:planner_record", made.pk)
    asked = request.GET.get("kind", "")
    kind = asked if asked in KINDS else ""
    rows, following = selectors.records(kind=kind, before=number(request.GET.get("before")))
    query = f"kind={kind}&" if kind else ""
    context = {
        "rows": [(row, KINDS.get(row.kind, row.kind)) for row in rows],
        "tasks": selectors.open_tasks(),
        "changes": section_changes(now),
        "task": task,
        "task_name": KINDS[task.kind] if task else "",
        "kinds": kinds,
        "kind": kind,
        "form": form,
        "may_keep": may,
        "next_url": f"?{query}before={following}" if following else "",
        "first_url": f"?{query}" if request.GET.get("before") else "",
    }
    return render(request, "catalog/planner.html", context, status=422 if form.is_bound else 200)


@require_GET
@permitted(VIEW)
def planner_record(request: HttpRequest, pk: int) -> HttpResponse:
    """One record, as it was written."""
    found = selectors.access_record(pk)
    context = {
        "record": found,
        "kind_name": KINDS.get(found.kind, found.kind),
        "timeline": audit.timeline(record_subject(found)),
    }
    return render(request, "catalog/planner_record.html", context)
