"""The rulebook's pages."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from office.errors import Invalid
from office.rulebook import pages, selectors
from office.rulebook.calendar import ZONE
from office.rulebook.errors import NoBookInForce
from office.rulebook.forms import DayForm
from office.rulebook.guards import permitted, person
from office.rulebook.models import DayOverride
from office.rulebook.services import set_day
from office.rulebook.state import state_of
from office.rulebook.wiring import proposal_url
from office.rulebook.words import WEEKDAY_NAMES

FIRST_YEAR, LAST_YEAR = 2001, 2100


@require_GET
@permitted("rulebook.view")
def clause_list(request: HttpRequest) -> HttpResponse:
    """Every clause of the book in force, by chapter; `?q=` searches."""
    now = timezone.now()
    query = request.GET.get("q", "").strip()[:100]
    book = selectors.book(now)
    week_start, week_end = pages.week_of(now)
    context = {
        "book": book,
        "chapters": pages.chapters(book, now, query),
        "query": query,
        "versions": selectors.versions(),
        "week_start": week_start,
        "week_end": week_end,
        "unpublished": selectors.unpublished_years(now),
        "not_adopted": selectors.not_adopted(book),
        "proposal_url": proposal_url(person(request), now),
    }
    return render(request, "rulebook/list.html", context)


@require_GET
@permitted("rulebook.view")
def clause(request: HttpRequest, clause_id: str) -> HttpResponse:
    """One clause, of the book in force or of the newest other book that has it."""
    now = timezone.now()
    book = selectors.find_in_versions(clause_id)
    if book is None:
        raise Http404
    try:
        in_force = selectors.book(now)
    except NoBookInForce:
        in_force = None
    found = book.clauses[clause_id]
    week_start, week_end = pages.week_of(now)
    counts = state_of([clause_id], week_start, week_end).get(clause_id)
    context = {
        "book": book,
        "in_force": in_force is not None and clause_id in in_force.clauses,
        "entry": pages.entry(book, found, counts),
        "chapter": book.chapters[found.chapter],
        "wordings": pages.wordings(clause_id),
        "week_start": week_start,
        "week_end": week_end,
    }
    return render(request, "rulebook/clause.html", context)


@require_GET
@permitted("rulebook.view")
def brief(request: HttpRequest, clause_id: str) -> HttpResponse:
    """The clause in a few lines, for the little window of its chip (static/js/app.js)."""
    book = selectors.find_in_versions(clause_id)
    if book is None:
        raise Http404
    entry = pages.entry(book, book.clauses[clause_id], None)
    answer = render(request, "rulebook/_brief.html", {"entry": entry, "book": book})
    answer["Cache-Control"] = "private, max-age=600"
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
@permitted("rulebook.view")
def calendar(request: HttpRequest) -> HttpResponse:
    """The year's days off and make-up days; those who may, change a day."""
    now = timezone.now()
    employee = person(request)
    may_change = selectors.holds(employee, "rulebook.calendar", now)
    form = DayForm(request.POST or None)
    status = 200
    if request.method == "POST":
        selectors.require(employee, "rulebook.calendar", now)
        if form.is_valid():
            values = form.cleaned_data
            try:
                set_day(**values, by=employee, now=now)
                return redirect(f"{reverse('rulebook:calendar')}?year={values['day'].year}")
            except Invalid as wrong:
                form.add_error({"date": "day"}.get(wrong.code, wrong.code), str(wrong.message))
        status = 422
    today = now.astimezone(ZONE).date()
    year = _year(request.GET.get("year", ""), today.year)
    days = selectors.day_table()
    context = {
        "year": year,
        "years": [each for each in (year - 1, year, year + 1) if FIRST_YEAR <= each <= LAST_YEAR],
        "months": pages.months(year, days, today),
        "published": days.published(year),
        "changes": DayOverride.objects.filter(date__year=year).order_by("date"),
        "form": form if may_change else None,
        "weekdays": WEEKDAY_NAMES,
    }
    return render(request, "rulebook/calendar.html", context, status=status)


def _year(written: str, fallback: int) -> int:
    """The year asked for; anything that is no year of the calendar shows the current one."""
    if not (written.isascii() and written.isdigit() and len(written) == 4):
        return fallback
    return min(max(int(written), FIRST_YEAR), LAST_YEAR)
