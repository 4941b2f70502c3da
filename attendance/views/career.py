"""Careers: probation, changes of post, key figures, reviews, and one's own page of all this."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from attendance.forms.acts import number, refuse
from attendance.forms.career import ChangeForm, CommentForm, KpiForm, ScoreReviewForm
from attendance.forms.hiring import people
from attendance.models import KpiTable, Review
from attendance.selectors import career as selectors
from attendance.selectors.hiring import VIEW
from attendance.selectors.returned import returned_run, why_returned
from attendance.services import probation
from attendance.services import scoring as reviews
from office.approvals import api as approvals
from office.audit import api as audit
from office.errors import NotFound, Refused
from office.rulebook import api as rulebook
from office.rulebook.guards import entered, permitted, person
from office.staff import api as staff


@require_GET
@login_required
def mine(request: HttpRequest) -> HttpResponse:
    """One's own probation, posts and reviews."""
    me = person(request)
    context = {
        "probation": next(iter(selectors.probations(person=me)), None),
        "changes": selectors.changes(person=me),
        "reviews": selectors.reviews(me, (), mine=True),
    }
    return render(request, "attendance/my_career.html", context)


@require_GET
@permitted(VIEW)
def probations(request: HttpRequest) -> HttpResponse:
    """Who is on probation, and which posts changed."""
    found = selectors.changes(before=number(request.GET.get("before")))
    context = {
        "lines": selectors.probations(),
        "changes": found[: selectors.PAGE],
        "following": found[selectors.PAGE - 1].pk if len(found) > selectors.PAGE else None,
        "may_ask": approvals.may_ask(probation.CHANGE, person(request), timezone.now()),
        "people": staff_here(request),
    }
    return render(request, "attendance/probations.html", context)


def staff_here(request: HttpRequest) -> list[Any]:
    """Whose post the manager may propose to change."""
    me = person(request)
    return [(pk, name) for pk, name in people() if pk and pk != str(me.pk)]


@require_GET
@permitted(VIEW)
def change_whose(request: HttpRequest) -> HttpResponse:
    """From the list of people to the form."""
    chosen = number(request.GET.get("person"))
    if chosen is None:
        return redirect("attendance:probations")
    return redirect("attendance:change_post", pk=chosen)


@require_http_methods(["GET", "POST"])
@permitted(VIEW)
def change_post(request: HttpRequest, pk: int) -> HttpResponse:
    """The manager proposes to confirm, promote or move down."""
    me, now = person(request), timezone.now()
    employee = selectors.access_person(pk)
    may_ask = approvals.may_ask(probation.CHANGE, me, now) and employee.pk != me.pk
    subject = probation.career_subject(employee)
    runs = [run for run in approvals.runs_about(subject, me, now) if run.kind == probation.CHANGE]
    again = next((run for run in runs if run.state == "returned" and run.requester_id == me.pk), None)
    live = next((run for run in runs if run.live and run != again), None)
    draft = approvals.form_draft(me, probation.CHANGE, subject.id, subject.label)
    on_probation = next(iter(selectors.probations(person=employee)), None)
    given = (
        again.payload if again else {"starts_on": f"{timezone.localdate(now) + timedelta(days=1):%Y-%m-%d}"}
    )
    held = staff.own_positions(employee, now)
    form = ChangeForm(
        request.POST or None,
        initial=draft.initial or given,
        held=held,
        now=now,
        on_probation=on_probation is not None,
    )
    status = 422 if request.method == "POST" else 200
    if request.method == "POST" and not may_ask:
        raise PermissionDenied
    if request.method == "POST" and form.is_valid():
        try:
            run = probation.propose_change(employee_id=pk, **form.cleaned_data, by=me, now=now, again=again)
        except Refused as refused:
            refuse(form, refused)
            status = refused.status
        else:
            messages.success(request, _("It is asked for. You see here who decides next."))
            return redirect("approvals:run", run.pk)
    context = {
        "employee": employee,
        "form": form,
        "draft": draft,
        "may_ask": may_ask,
        "runs": runs,
        "live": live,
        "again": again,
        "on_probation": on_probation,
        "extension": rulebook.book(now).rules.get(probation.EXTENSION) if may_ask else None,
        "changes": selectors.changes(person=employee),
        "timeline": audit.timeline(subject),
        "posts": staff.posts_text(employee, now),
    }
    return render(request, "attendance/change_post.html", context, status=status)


@require_GET
@permitted(reviews.REVIEW)
def kpi_list(request: HttpRequest) -> HttpResponse:
    return render(request, "attendance/kpi_list.html", {"tables": selectors.tables()})


@require_http_methods(["GET", "POST"])
@permitted(reviews.REVIEW)
def kpi_new(request: HttpRequest) -> HttpResponse:
    """Key figures of a post for a period."""
    return _kpi_form(request, None)


@require_http_methods(["GET", "POST"])
@login_required
def kpis(request: HttpRequest, pk: int) -> HttpResponse:
    """One table: for who is measured by it too; changed until it is published."""
    granted = entered(request).permissions
    table = selectors.access_table(pk, person(request), granted)
    if table.published_at is None and reviews.REVIEW in granted:
        return _kpi_form(request, table)
    if request.method == "POST":
        raise PermissionDenied
    context = {
        "table": table,
        "kpis": list(table.kpis.all()),
        "reviews": list(table.reviews.select_related("employee").order_by("pk"))
        if reviews.REVIEW in granted
        else [],
    }
    return render(request, "attendance/kpis.html", context)


def _kpi_form(request: HttpRequest, table: KpiTable | None) -> HttpResponse:
    me, now = person(request), timezone.now()
    initial: dict[str, Any] = {}
    if table is not None:
        initial = {name: getattr(table, name) for name in ("position", "period", "first_day", "last_day")}
        for row, kpi in enumerate(table.kpis.all()):
            initial |= {f"name-{row}": kpi.name, f"target-{row}": kpi.target, f"weight-{row}": kpi.weight}
    form = KpiForm(request.POST or None, initial=initial)
    status = 422 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        given = {name: form.cleaned_data[name] for name in ("position", "period", "first_day", "last_day")}
        figures = [reviews.Figure(*row) for row in form.figures()]
        try:
            done = reviews.write_table(
                **given, figures=figures, by=me, now=now, table_id=table.pk if table is not None else None
            )
        except Refused as refused:
            refuse(form, refused)
            status = refused.status
        else:
            messages.success(request, _("Kept. It counts once it is published."))
            return redirect("attendance:kpis", pk=done.pk)
    return render(request, "attendance/kpi_form.html", {"form": form, "table": table}, status=status)


@require_POST
@permitted(reviews.REVIEW)
def kpi_publish(request: HttpRequest, pk: int) -> HttpResponse:
    """It stands, and everybody of the post gets a review."""
    opened = reviews.publish_table(table_id=pk, by=person(request), now=timezone.now())
    messages.success(request, _("Published; {count} reviews are open.").format(count=len(opened)))
    return redirect("attendance:reviews")


@require_GET
@login_required
def review_list(request: HttpRequest) -> HttpResponse:
    """All for who holds reviews and human resources, one's own for everybody."""
    granted = entered(request).permissions
    found = selectors.reviews(person(request), granted, before=number(request.GET.get("before")))
    context = {
        "reviews": found[: selectors.PAGE],
        "following": found[selectors.PAGE - 1].pk if len(found) > selectors.PAGE else None,
        "may_review": reviews.REVIEW in granted,
    }
    return render(request, "attendance/reviews.html", context)


@require_GET
@login_required
def review(request: HttpRequest, pk: int) -> HttpResponse:
    return _review_page(request, pk)


def _review_page(
    request: HttpRequest, pk: int, *, score: ScoreReviewForm | None = None, comment: CommentForm | None = None,
    refused: Refused | None = None, status: int = 200,
) -> HttpResponse:  # fmt: skip
    granted = entered(request).permissions
    page = selectors.page(pk, person(request), granted, timezone.now())
    found = page.review
    back = returned_run(reviews.RESULT, found.subject, person(request))
    holds = reviews.REVIEW in granted and not page.mine
    context = {
        "page": page,
        "review": found,
        "score": (score or ScoreReviewForm(figures=page.lines, auto_id="score-%s"))
        if holds and found.state == Review.State.OPEN
        else None,
        "comment": (comment or CommentForm(auto_id="comment-%s"))
        if page.mine and found.state == Review.State.SCORED and found.commented_at is None
        else None,
        "may_close": holds
        and (back is not None or (found.state == Review.State.SCORED and found.commented_at is not None)),
        "run": back,
        "said": why_returned(back),
        "refused": refused,
        "timeline": audit.timeline(found.subject),
    }
    return render(request, "attendance/review.html", context, status=status)


@require_POST
@login_required
def review_act(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """Score, comment, put the result before the chain."""
    me, now = person(request), timezone.now()
    page = selectors.page(pk, me, entered(request).permissions, now)
    score = ScoreReviewForm(request.POST, figures=page.lines, auto_id="score-%s") if key == "score" else None
    comment = CommentForm(request.POST, auto_id="comment-%s") if key == "comment" else None
    if key not in ("score", "comment", "close"):
        raise Http404
    form = score or comment
    if form is not None and not form.is_valid():
        return _review_page(request, pk, score=score, comment=comment, status=422)
    try:
        if score is not None:
            reviews.score_review(
                review_id=pk,
                points=score.points(),
                notes=score.notes(),
                text=score.cleaned_data["text"],
                by=me,
                now=now,
            )
        elif comment is not None:
            reviews.comment_review(review_id=pk, text=comment.cleaned_data["text"], by=me, now=now)
        else:
            run = reviews.ask_result(
                review_id=pk, comment=request.POST.get("words", "")[:500], by=me, now=now
            )
            messages.success(request, _("Handed in. It waits for the agreement."))
            return redirect("approvals:run", run.pk)
    except NotFound:
        raise
    except Refused as refused:
        if form is not None:
            refuse(form, refused)
        return _review_page(request, pk, score=score, comment=comment, refused=refused, status=refused.status)
    messages.success(request, _("Recorded."))
    return redirect("attendance:review", pk=pk)
