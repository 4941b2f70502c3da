"""A purchase order at the supplier's door: looked at, signed and returned, first sample, reports, shipping."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from contracts.limits import door_limits
from contracts.models import DoorLink, LossAnswer, PurchaseOrder, StepReport
from contracts.selectors import door, door_money
from contracts.selectors import door_orders as selectors
from contracts.services import first_sample, losses, ready, returning
from contracts.services.door import drafts, handing
from contracts.views.door.guard import Inside, form_of, in_part, inside, part_of
from office.errors import NotFound, Refused
from office.files import api as files
from office.rulebook.allowed import wrong

ACCEPT = "image/jpeg,image/png,image/webp,application/pdf"
PURPOSE = DoorLink.Purpose.ORDER


@require_GET
@inside
def order(request: HttpRequest, who: Inside, pk: int) -> HttpResponse:
    """The first look is on record: from it the days of P7b run. A browser that fetches ahead of its user looks at
    nothing."""
    found = _mine(who, pk)
    ahead = "prefetch" in request.headers.get("Sec-Purpose", "") or "Purpose" in request.headers
    if not ahead and found.state not in (PurchaseOrder.State.CLOSED, PurchaseOrder.State.CANCELLED):
        returning.open_order(order=found, contact=who.contact, now=who.now)
    return _show(request, who, pk)


@require_GET
@inside
def finding(request: HttpRequest, who: Inside, pk: int, made: int) -> HttpResponseBase:
    """The photograph or paper of the inspection that this order's goods did not pass."""
    shown = selectors.finding_of(_mine(who, pk), made)
    return files.serve_preview(request, shown) if "small" in request.GET else files.serve(request, shown)


@require_POST
@inside
@files.takes_files(door_limits)
def act(request: HttpRequest, who: Inside, pk: int, key: str) -> HttpResponseBase:
    """Parse, do, show. What was refused shows the order as it is now, with what was typed."""
    found, verb = _mine(who, pk), ACTS.get(key)
    if verb is None:
        raise NotFound("")
    try:
        verb(request, who, found)
    except NotFound:
        raise
    except Refused as refused:
        if in_part(request):
            raise
        return _show(request, who, pk, refused)
    drafts.handed_in(contact=who.contact, page=form_of(request), now=who.now)
    if in_part(request):
        return render(request, "contracts/door/_upload_kept.html", {})
    return redirect("door:order", token=who.token, pk=pk)


def _return(request: HttpRequest, who: Inside, order: PurchaseOrder) -> None:
    handing.return_order(
        order=order,
        signature=request.POST.get("signature", ""),
        upload=_upload(request),
        contact=who.contact,
        now=who.now,
    )


def _first_sample(request: HttpRequest, who: Inside, order: PurchaseOrder) -> None:
    handing.confirm_first_sample(
        order=order,
        text=request.POST.get("text", ""),
        upload=_upload(request),
        contact=who.contact,
        now=who.now,
    )


def _start(request: HttpRequest, who: Inside, order: PurchaseOrder) -> None:
    first_sample.start_production(order=order, contact=who.contact, now=who.now)


def _report(request: HttpRequest, who: Inside, order: PurchaseOrder) -> None:
    handing.report(
        order=order,
        step_id=_number(request.POST.get("step", "")),
        mode=request.POST.get("mode", ""),
        standard=request.POST.get("standard", ""),
        passed=request.POST.get("passed") == "1",
        upload=_upload(request),
        contact=who.contact,
        now=who.now,
    )


def _pieces(request: HttpRequest, order: PurchaseOrder) -> dict[int, int]:
    """Raises Invalid for what is typed and no number: a line left out in silence would be found missing at the
    warehouse."""
    found = {}
    for line, n in order.lines.order_by("n").values_list("pk", "n"):
        typed = request.POST.get(f"line_{line}", "").strip()
        found[line] = _number(typed)
        if typed.strip("0０") and not found[line]:
            raise wrong(
                f"line_{line}",
                _("Line %(n)d: write the pieces as a plain number, such as 1200.") % {"n": n},
                code="no_number",
            )
    return found


def _ready(request: HttpRequest, who: Inside, order: PurchaseOrder) -> None:
    ready.state_ready(order=order, lines=_pieces(request, order), contact=who.contact, now=who.now)


def _not_ready(request: HttpRequest, who: Inside, order: PurchaseOrder) -> None:
    ready.take_back(
        order=order,
        notice_id=_number(request.POST.get("notice", "")),
        reason=request.POST.get("why", ""),
        contact=who.contact,
        now=who.now,
    )


def _ship(request: HttpRequest, who: Inside, order: PurchaseOrder) -> None:
    handing.ship(
        order=order,
        pieces=_pieces(request, order),
        number=request.POST.get("number", ""),
        carrier=request.POST.get("carrier", ""),
        upload=_upload(request),
        contact=who.contact,
        now=who.now,
    )


def _mended(request: HttpRequest, who: Inside, order: PurchaseOrder) -> None:
    handing.put_right(
        order=order,
        rectification_id=_number(request.POST.get("made", "")),
        text=request.POST.get("how", ""),
        upload=_upload(request),
        contact=who.contact,
        now=who.now,
    )


def _claim(request: HttpRequest, who: Inside, order: PurchaseOrder) -> None:
    claim = order.claims.filter(pk=_number(request.POST.get("claim", ""))).first()
    if claim is None:
        raise NotFound("")
    losses.answer(
        claim=claim,
        word=request.POST.get("word", "")[:10],
        text=request.POST.get("objection", ""),
        contact=who.contact,
        now=who.now,
    )


ACTS: dict[str, Callable[[HttpRequest, Inside, PurchaseOrder], None]] = {
    "return": _return,
    "first-sample": _first_sample,
    "start": _start,
    "report": _report,
    "mend": _mended,
    "ready": _ready,
    "not-ready": _not_ready,
    "ship": _ship,
    "claim": _claim,
}


def _upload(request: HttpRequest) -> handing.Upload:
    """Raises FileRefused for one that could never be taken."""
    return handing.Upload(*files.sent_file(request, door_limits())) if request.FILES else handing.NOTHING


def _mine(who: Inside, pk: int) -> PurchaseOrder:
    """Raises NotFound."""
    door.require_paper(who.link, PURPOSE, pk)
    return selectors.order_page(pk, who.contact.supplier_id, who.now).order


def _number(typed: str) -> int:
    """0 for what is no number."""
    typed = typed.strip()
    return int(typed) if typed.isdecimal() and len(typed) < 10 else 0


def _show(request: HttpRequest, who: Inside, pk: int, refused: Refused | None = None) -> HttpResponse:
    page = selectors.order_page(pk, who.contact.supplier_id, who.now)
    typed: dict[str, Mapping[str, str]] = {**drafts.typed(who.contact, f"order/{pk}", who.now)}
    context = {
        "who": who,
        "page": page,
        "order": page.order,
        "refused": refused,
        "paper": f"order/{pk}",
        "drafts": set(typed),
        "typed": {**typed, part_of(request): request.POST} if refused else typed,
        "again": bool(typed) and not refused,
        "money": door_money.of_order(pk),
        "designs": selectors.designs(who.contact, order_id=pk),
        "words": LossAnswer.Word.choices,
        "modes": StepReport.Mode.choices,
        "standards": StepReport.Standard.choices,
        "accept": ACCEPT,
        "max_bytes": door_limits(who.now).largest(),
    }
    return render(request, "contracts/door/order.html", context, status=refused.status if refused else 200)


urlpatterns = [
    path("<str:token>/order/<int:pk>/", order, name="order"),
    path("<str:token>/order/<int:pk>/finding/<int:made>/", finding, name="order_finding"),
    path("<str:token>/order/<int:pk>/<slug:key>/", act, name="order_act"),
]
