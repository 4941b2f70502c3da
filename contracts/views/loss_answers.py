"""What becomes of a loss claim that the supplier objects to, or does not answer in time."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from contracts.forms.losses import StandForm
from contracts.selectors import purchase as selectors
from contracts.services import booking, losses
from contracts.views.purchase import explain, order_page
from office.errors import Forbidden, NotFound, Refused
from office.rulebook.guards import permitted, person


@require_POST
@permitted(booking.SETTLE)
def stand(request: HttpRequest, pk: int, claim_id: int) -> HttpResponse:
    """It stands all the same. What was refused shows the order as it is now, with what was typed."""
    found, form = selectors.access_order(pk), StandForm(request.POST)
    if form.is_valid():
        try:
            losses.let_stand(
                order_id=found.pk,
                claim_id=claim_id,
                **form.cleaned_data,
                by=person(request),
                now=timezone.now(),
            )
        except (Forbidden, NotFound):
            raise
        except Refused as refused:
            explain(form, refused)
        else:
            messages.success(request, _("Recorded."))
            return redirect(f"{reverse('contracts:order', args=[pk])}#loss-{claim_id}")
    return order_page(request, found, bound={f"stand-{claim_id}": form}, status=422)
