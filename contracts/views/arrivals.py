"""Counting in, for the warehouse with a phone at the ramp.

The job: which delivery is it, how many came. Gone wrong first: copying the note's figure instead of counting
(it is not filled in), forgetting a line (each needs its figure), taking goods in at the wrong place. A wrong count is
put right by another one, which says why.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from contracts.forms.purchase import Dressed
from contracts.models import ArrivalLine, Delivery, OrderLine
from contracts.selectors import purchase as selectors
from contracts.selectors.quantities import held_of
from contracts.services import arriving, recounting
from contracts.services.sides import RECEIVE
from contracts.views.purchase import VIEW, explain, number
from office.errors import Forbidden, Invalid, NotFound, Refused
from office.rulebook.guards import entered, permitted, person


class CountForm(Dressed):
    arrived_on = forms.DateField(
        label=gettext_lazy("Arrived on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    warehouse = forms.ChoiceField(label=gettext_lazy("Place of delivery"))

    def __init__(self, *args: Any, delivery: Delivery, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["warehouse"].choices = [(place, place) for place in arriving.places(delivery.order)]  # type: ignore[attr-defined]
        self.rows = [row.line for row in delivery.lines.all()]
        named = {line.pk for line in self.rows}
        #: Lines of the order that the note does not name: something of them may have come along.
        self.others = [line for line in delivery.order.lines.order_by("n") if line.pk not in named]
        for line in [*self.rows, *self.others]:
            self.fields[f"line_{line.pk}"] = _figure(line, required=line.pk in named)

    def counts(self) -> dict[int, int]:
        found = {line.pk: self.cleaned_data[f"line_{line.pk}"] for line in [*self.rows, *self.others]}
        return {line: pieces for line, pieces in found.items() if pieces is not None}

    def lines(self) -> list[Any]:
        return [(line, self[f"line_{line.pk}"]) for line in self.rows]

    def more(self) -> list[Any]:
        return [(line, self[f"line_{line.pk}"]) for line in self.others]


def _figure(line: OrderLine, *, required: bool) -> forms.IntegerField:
    return forms.IntegerField(
        label=f"{line.n} {line.name} {line.spec}".strip(), min_value=0, max_value=arriving.MOST, required=required,
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "class": "form-control count-big"}),
    )  # fmt: skip


class RecountForm(Dressed):
    """A figure for each line that was counted wrongly; a line left empty stays."""

    reason = forms.CharField(
        label=gettext_lazy("Why was the first count wrong?"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, rows: list[ArrivalLine], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows = [(row, held_of(row)) for row in rows]
        for row, held in self.rows:
            self.fields[f"line_{row.pk}"] = _figure(row.line, required=False)
            self.fields[f"was_{row.pk}"] = forms.IntegerField(
                widget=forms.HiddenInput, initial=held.counted, required=False
            )

    def lines(self) -> list[Any]:
        return [(row, held, self[f"line_{row.pk}"], self[f"was_{row.pk}"]) for row, held in self.rows]

    def figures(self) -> list[tuple[ArrivalLine, int, int]]:
        """(line, as it stood when it was shown, as counted now)."""
        found = []
        for row, held in self.rows:
            counted, was = self.cleaned_data[f"line_{row.pk}"], self.cleaned_data[f"was_{row.pk}"]
            if counted is not None:
                found.append((row, held.counted if was is None else was, counted))
        return found


@require_GET
@permitted(VIEW)
def arrivals(request: HttpRequest) -> HttpResponse:
    """What is under way to us; what was counted in lately."""
    rows, following = selectors.to_count(number(request.GET.get("after")))
    context = {
        "rows": rows,
        "counted": selectors.counted_lately(),
        "may": RECEIVE in entered(request).permissions,
        "next_url": f"?after={following}" if following else "",
    }
    return render(request, "contracts/arrivals.html", context)


@require_http_methods(["GET", "POST"])
@permitted(RECEIVE)
def count_in(request: HttpRequest, pk: int) -> HttpResponse:
    """The count of one delivery."""
    delivery = selectors.access_delivery(pk)
    if hasattr(delivery, "arrival"):
        messages.info(request, _("This delivery has been counted in already."))
        return redirect("contracts:order", delivery.order_id)
    form = CountForm(request.POST or None, delivery=delivery, initial={"arrived_on": timezone.localdate()})
    if request.method == "POST" and form.is_valid():
        try:
            arriving.receive(
                delivery_id=pk, counts=form.counts(), warehouse=form.cleaned_data["warehouse"],
                arrived_on=form.cleaned_data["arrived_on"], by=person(request), now=timezone.now(),
            )  # fmt: skip
        except (Forbidden, NotFound):
            raise
        except Refused as refused:
            explain(form, refused)
        else:
            messages.success(request, _("Counted in."))
            return redirect("contracts:arrivals")
    status = 422 if request.method == "POST" else 200
    return render(request, "contracts/count_in.html", {"delivery": delivery, "form": form}, status=status)


@require_http_methods(["GET", "POST"])
@permitted(RECEIVE)
def count_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Another count of a delivery that was counted in."""
    delivery = selectors.access_delivery(pk)
    rows = selectors.arrived_lines(delivery)
    form = RecountForm(request.POST or None, rows=rows)
    if request.method == "POST" and form.is_valid():
        try:
            _recount(form, request)
        except (Forbidden, NotFound):
            raise
        except Refused as refused:
            explain(form, refused)
        else:
            messages.success(request, _("Counted again. The buyer and the inspectors are told."))
            return redirect("contracts:order", delivery.order_id)
    status = 422 if request.method == "POST" else 200
    return render(request, "contracts/recount.html", {"delivery": delivery, "form": form}, status=status)


@transaction.atomic
def _recount(form: RecountForm, request: HttpRequest) -> None:
    """All of them or none. Raises what the verb raises."""
    figures = form.figures()
    if not figures:
        raise Invalid(_("Enter the figure of the line that was counted wrongly."), code="nothing")
    for row, was, counted in figures:
        try:
            recounting.recount(
                arrived_id=row.pk, was=was, counted=counted, reason=form.cleaned_data["reason"], by=person(request),
                now=timezone.now(),
            )  # fmt: skip
        except Invalid as refused:
            for error in refused.errors:
                if error["path"] == "counted":
                    error["path"] = f"line_{row.pk}"
            raise
