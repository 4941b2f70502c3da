"""Counting in, for the warehouse with a phone at the ramp.

The job: which delivery is it, how many came. Gone wrong first: copying the note's figure instead of counting
(it is not filled in), forgetting a line (each needs its figure), taking goods in at the wrong place.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from contracts.forms.purchase import Dressed
from contracts.models import Delivery
from contracts.selectors import purchase as selectors
from contracts.services import arriving
from contracts.services.sides import RECEIVE
from contracts.views.purchase import VIEW, explain, number
from office.errors import Forbidden, NotFound, Refused
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
        for line in self.rows:
            self.fields[f"line_{line.pk}"] = forms.IntegerField(
                label=f"{line.n} {line.name} {line.spec}".strip(), min_value=0, max_value=arriving.MOST,
                widget=forms.NumberInput(attrs={"inputmode": "numeric", "class": "form-control count-big"}),
            )  # fmt: skip

    def counts(self) -> dict[int, int]:
        return {line.pk: self.cleaned_data[f"line_{line.pk}"] for line in self.rows}

    def lines(self) -> list[Any]:
        return [(line, self[f"line_{line.pk}"]) for line in self.rows]


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
