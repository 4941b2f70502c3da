"""Reading: the queue with its tabs, and the page of one run."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from office.approvals import kinds
from office.approvals.forms import TABS, kind_filter, read_after, read_number, write_after
from office.approvals.models import Run, Vote
from office.approvals.selectors import page as pages
from office.approvals.selectors import queue as lists
from office.approvals.selectors.asked import DECIDE
from office.approvals.selectors.drafts import drafts_of
from office.approvals.selectors.runs import access_run
from office.rulebook import sudo
from office.rulebook.guards import entered, person

LIST = 50
LISTS: dict[str, Callable[..., Sequence[Run] | Sequence[Vote]]] = {
    "asked": lists.asked_by,
    "decided": lists.decided_by,
    "copied": lists.copied_to,
}


@require_GET
@login_required
def queue(request: HttpRequest) -> HttpResponse:
    """What waits on me, what I asked, decided, was told; a page by key."""
    me, now = person(request), timezone.now()
    tab = request.GET.get("tab", "")
    tab = tab if tab in TABS else TABS[0]
    kind = kind_filter(request.GET.get("kind")) if tab == "waiting" else ""
    context: dict[str, object] = {"tab": tab, "kind": kind, "now": now, "first": True}
    following = ""
    if tab == "waiting":
        after = read_after(request.GET.get("after"))
        found = lists.waiting(me, now, limit=LIST, after=after, kind=kind)
        following = write_after(found.after)
        request.approvals_waiting = found.total  # type: ignore[attr-defined]  # the frame need not count again
        context |= {
            "after": write_after(after),
            "lines": found.lines,
            "first": after is None,
            "kinds": kinds.known_kinds(),
        }
        context["decidable"] = any(line.what == DECIDE for line in found.lines)
    else:
        before = read_number(request.GET.get("after"))
        rows: list[Run | Vote] = list(LISTS[tab](me, before=before, limit=LIST + 1))
        following = str(rows[LIST - 1].pk) if len(rows) > LIST else ""
        runs = [(row, row if isinstance(row, Run) else row.run) for row in rows[:LIST]]
        turns = pages.turns_of([of for _row, of in runs])
        context["rows"] = [(row, of, kinds.name_of(of.kind), turns.get(of.pk)) for row, of in runs]
        context["first"] = before is None
        if tab == "asked" and before is None:
            context["drafts"] = drafts_of(me)
    asked = {"tab": tab, "kind": kind, "after": following}
    context["next_url"] = f"?{urlencode({k: v for k, v in asked.items() if v})}" if following else ""
    context["may_figures"] = "approvals.figures" in entered(request).permissions
    return render(request, "approvals/queue.html", context)


@require_GET
@login_required
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """Facts, what can be done now and by whom, the timeline."""
    return run_response(request, pk)


def run_response(
    request: HttpRequest, pk: int, *, status: int = 200, more: dict[str, object] | None = None
) -> HttpResponse:
    """The page of a run, with what was refused and typed in `more`. Raises NotFound for who may not see it."""
    me, now = person(request), timezone.now()
    seen = access_run(run_id=pk, person=me, now=now)
    page = pages.run_page(seen, me, now, whole=bool(request.GET.get("all") or (more or {}).get("ticked")))
    needed = page.acts & {"add_signer", "forward", "copy_to"}
    context = {
        "page": page,
        "run": seen,
        "acts": page.acts,
        "deciding": "approve" in page.acts,
        "earlier": [stop for stop in page.stops if stop.line.step.state == "agreed"],
        "people": pages.colleagues(me.pk, seen.requester_id) if needed else [],
        "mine": me.pk == seen.requester_id,
        "prove": _to_prove(request, seen, page.acts),
        **(more or {}),
    }
    return render(request, "approvals/run.html", context, status=status)


def _to_prove(request: HttpRequest, seen: Run, acts: Collection[str]) -> str:
    """Where the reader confirms who he is before he decides; "" when he need not, or has just done so."""
    kind = kinds.find(seen.kind)
    if kind is None or not kind.fresh or not {"approve", "execute"} & set(acts) or sudo.confirmed(request):
        return ""
    return f"{sudo.way(request)}?{urlencode({'next': reverse('approvals:run', args=[seen.pk])})}"
