"""Figures, the rows behind them, their workbook, and the record of orders."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from office.rulebook import api as rulebook
from office.rulebook.guards import permitted, person
from office.rulebook.sudo import fresh
from office.staff.models import Employee
from office.subjects import subject_url
from orders.forms.figures import PeriodForm
from orders.models import OrderRecord
from orders.selectors import figures as selectors
from orders.selectors.order import viewer
from orders.selectors.watch import watch_gaps
from orders.services.figures import export_figures
from orders.services.record import confirm_record

PAGE = 50


@require_GET
@permitted("orders.figures")
def figures(request: HttpRequest) -> HttpResponse:
    """Charts with their tables, for a period and a shop."""
    form = _asked(request, request.GET)
    if not form.is_valid():
        return render(request, "orders/figures.html", {"form": form}, status=422)
    return render(request, "orders/figures.html", {"form": form, **_content(form, person(request))})


@require_GET
@permitted("orders.figures")
def rows(request: HttpRequest) -> HttpResponse:
    """The orders behind one number of the table."""
    form = _asked(request, request.GET)
    state, rule = request.GET.get("state", ""), request.GET.get("rule", "")
    holder, after = request.GET.get("holder", ""), request.GET.get("after", "0")
    if (
        not form.is_valid()
        or state not in ("kept", "late", "open")
        or not after.isdecimal()
        or len(after) > 18
    ):
        raise Http404
    if holder and not (holder.isdecimal() and len(holder) <= 18):
        raise Http404
    now = timezone.now()
    found = selectors.rows_behind(
        rule=rule[:60],
        holder_id=int(holder) if holder else None,
        state=state,
        period=form.cleaned_data["period"],
        now=now,
        after=int(after),
        limit=PAGE + 1,
        hidden_shops=form.hidden,
    )
    shown = [{"deadline": row, "url": subject_url(row.subject_type, row.subject_id)} for row in found[:PAGE]]
    following = None
    if len(found) > PAGE:
        query = request.GET.copy()
        query["after"] = str(found[PAGE - 1].pk)
        following = query.urlencode()
    return render(
        request,
        "orders/figure_rows.html",
        {"rows": shown, "following": following, "state": state, "rule": rule, "form": form},
    )


@require_POST
@permitted("orders.export")
@fresh
def workbook(request: HttpRequest) -> HttpResponse | FileResponse:
    """The same figures as XLSX; who took them is in the trail (C13.5)."""
    form = _asked(request, request.POST)
    if not form.is_valid():
        return render(request, "orders/figures.html", {"form": form}, status=422)
    file = export_figures(
        period=form.cleaned_data["period"],
        scope=form.scope,
        by=person(request),
        now=timezone.now(),
    )
    name = "figures-{0.first:%Y%m%d}-{0.last:%Y%m%d}.xlsx".format(form.cleaned_data["period"])
    return FileResponse(file, as_attachment=True, filename=name)


@require_GET
@permitted("orders.view")
def records(request: HttpRequest) -> HttpResponse:
    """The weekly or daily records of orders (C7.4, M5.4)."""
    rule = rulebook.schedule_rule("orders.backup")
    before = request.GET.get("before", "")
    found = OrderRecord.objects.select_related("confirmed_by")
    if before.isdecimal() and len(before) <= 18:
        found = found.filter(pk__lt=int(before))
    shown = list(found.order_by("-pk")[: PAGE + 1])
    return render(
        request,
        "orders/records.html",
        {
            "records": shown[:PAGE],
            "following": shown[PAGE - 1].pk if len(shown) > PAGE else None,
            "clause": rule.clause,
            "next_run": rulebook.next_run(rule, timezone.now()),
        },
    )


@require_POST
@permitted("orders.view")
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """A back-office clerk enters the record as done."""
    confirm_record(record_id=pk, by=person(request), now=timezone.now())
    return redirect("orders:records")


def _asked(request: HttpRequest, data: QueryDict) -> PeriodForm:
    return PeriodForm.asked(data, viewer(person(request), timezone.now()).hidden_shops)


def _content(form: PeriodForm, user: Employee) -> dict[str, Any]:
    period, now = form.cleaned_data["period"], timezone.now()
    content = selectors.summary(period, now, form.scope)
    gaps = watch_gaps(start=period.start, end=period.end, now=now)
    chart = {
        "arrivals": {"labels": [f"{hour:02d}" for hour in range(24)], "values": content["arrivals"]},
        "accept": {"labels": content["labels"], "values": content["accept"].columns},
        "contact": {"labels": content["labels"], "values": content["contact"].columns},
        "limits": {rule: _first_late_column(f"orders.{rule}", period) for rule in ("accept", "contact")},
        "names": {"orders": _("Number of orders"), "hour": _("Hour"), "minutes": _("Minutes")},
    }
    return {
        **content,
        "hours": list(zip(range(24), content["arrivals"], content["arrivals_mean"], strict=True)),
        "distributions": [
            (name, title, content[name], list(zip(content["labels"], content[name].columns, strict=True)))
            for name, title in (("accept", _("Time to accept")), ("contact", _("Time to contact")))
        ],
        "chart": chart,
        "rows": [_shown(row) for row in content["rows"]],
        "query": form.data.urlencode() if hasattr(form.data, "urlencode") else "",
        "may_export": rulebook.may(user, "orders.export", now),
        "gaps": gaps[:200],
        "gaps_more": max(0, len(gaps) - 200),
        "period": period,
        "watch_clause": rulebook.limit_rule("orders.watch_gap", period.start).clause,
    }


def _shown(row: selectors.Row) -> dict[str, Any]:
    """A row with its three numbers by state, each of which leads to the orders behind it."""
    percent = None if row.share is None else round(row.share * 100, 1)
    numbers = (("kept", row.kept), ("late", row.late), ("open", row.open))
    return {
        "rule": row.rule,
        "clause": row.clause,
        "holder": row.holder,
        "holder_id": row.holder_id,
        "numbers": numbers,
        "percent": percent,
    }


def _first_late_column(rule: str, period: selectors.Period) -> int | None:
    """Index of the first column of a distribution beyond the rule's time; None when the book lacks the rule."""
    seconds = selectors.seconds_allowed(rule, period)
    return sum(edge * 60 <= seconds for edge in selectors.EDGES) if seconds else None
