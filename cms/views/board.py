"""The message board for staff: what waits by due time, one message with its thread, who may send."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cms.forms import board as forms
from cms.forms.acts import ActForm, Offer, refuse
from cms.models import BoardSender
from cms.selectors import asked, takedowns
from cms.selectors import board as selectors
from cms.selectors.words import Passage, scanner
from cms.services import board as verbs
from cms.services import letters, senders
from office.approvals import api as approvals
from office.errors import NotFound, Refused
from office.rulebook.guards import entered, permitted, person

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from office.staff.models import Employee


#: The fields of the acts that leave the house.
TYPED = ("text", "question", "reply")


@dataclass(frozen=True, slots=True)
class Door:
    """An act: its words, form and verb, what is said afterwards, what it does spelled out."""

    label: StrOrPromise
    form: type[ActForm]
    verb: Callable[..., object]
    done: StrOrPromise
    ask: StrOrPromise = ""


DOORS = {
    "resend": Door(
        _("Send the e-mail again"), forms.ReopenForm, letters.send_again, _("It is being sent again.")
    ),
    "release": Door(
        _("I have read it: give this answer"),
        forms.ReopenForm,
        verbs.release,
        _("Answered."),
        _("The answer that is held goes to the visitor word for word. Your name stands beside the writer’s."),
    ),
    "answer": Door(_("Answer"), forms.AnswerForm, verbs.answer, _("Answered.")),
    "note": Door(_("Note for colleagues"), forms.BoardNoteForm, verbs.note, _("Noted.")),
    "close": Door(_("Spam or abuse"), forms.SpamForm, verbs.close, _("Closed without an answer.")),
    "reopen": Door(_("It needs an answer after all"), forms.ReopenForm, verbs.reopen, _("It waits again.")),
    "publish": Door(
        _("Show it to the public"),
        forms.PublishForm,
        verbs.propose_entry,
        _("Asked for. It is shown as soon as it is agreed to."),
    ),
    "withdraw": Door(
        _("Take it off the public board"),
        forms.WithdrawForm,
        verbs.withdraw_entry,
        _("No longer shown."),
        _("It disappears from the public board at once and is not shown again."),
    ),
}


@require_GET
@permitted("cms.board")
@never_cache
def board(request: HttpRequest) -> HttpResponse:
    """What waits by due time, what was answered, what was closed."""
    tab = request.GET.get("tab", "waiting")
    tab = tab if tab in selectors.TABS else "waiting"
    after = request.GET.get("after", "")
    found = selectors.listed(tab, after=int(after) if after.isdecimal() and len(after) < 18 else None)
    context = {
        "tab": tab,
        "tabs": [(word, name) for word, (name, _states) in selectors.TABS.items()],
        "lines": found[: selectors.PAGE],
        "following": found[selectors.PAGE - 1].message.pk if len(found) > selectors.PAGE else None,
    }
    return render(request, "cms/board.html", context)


@require_GET
@permitted("cms.board")
@never_cache
def message(request: HttpRequest, pk: int) -> HttpResponse:
    """What was asked, what can be done now and by whom, the timeline."""
    return show(request, pk)


def show(
    request: HttpRequest,
    pk: int,
    *,
    bound: dict[str, ActForm] | None = None,
    refusal: Refused | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page of a message, with what was refused and typed."""
    page = selectors.message_page(pk, entered(request).permissions, person(request))
    me = person(request)
    offers = [_offer(key, page, bound or {}, me, first=place == 0) for place, key in enumerate(page.acts)]
    lost = [form for key, form in (bound or {}).items() if key not in page.acts]
    context = {
        "page": page,
        "message": page.message,
        "offers": offers,
        "refused": refusal,
        "lost": lost,
        "marked": _marked(bound or {}),
        "forbidden": takedowns.categories(timezone.now()),
    }
    return render(request, "cms/message.html", context, status=status)


def _marked(bound: dict[str, ActForm]) -> list[Passage]:
    """What the word lists find in what was typed, in place."""
    typed = [str(form.data.get(name, ""))[:2000] for form in bound.values() for name in TYPED]
    search = scanner() if typed else None
    return [passage for text in typed if search and (passage := selectors.marked_text(text, search)).hits]


def _offer(
    key: str, page: selectors.MessagePage, bound: dict[str, ActForm], me: Employee, *, first: bool
) -> Offer:
    door = DOORS[key]
    initial: dict[str, Any] = {}
    draft = None
    if key == "publish":
        draft = approvals.form_draft(me, verbs.ENTRY, page.message.pk, page.message.subject.label)
        initial = _public_words(page, me) | draft.initial
    if key == "answer":
        initial["way"] = "email" if page.said.email else "phone"
    form = bound.get(key) or door.form(initial=initial | {"seen": page.message.version})
    opened = key in bound or (not bound and (first or (draft is not None and draft.pk is not None)))
    return Offer(key, door.label, form, main=first, ask=door.ask, opened=opened, draft=draft)


def _public_words(page: selectors.MessagePage, me: Employee) -> dict[str, Any]:
    """What the form for the public begins with: what came back, else what was asked and answered."""
    if page.run is not None and asked.again(page.run, me):
        return {"question": page.run.payload["question"], "reply": page.run.payload["answer"]}
    answers = [each.text for each in page.replies if each.reply.kind == "answer"]
    return {"question": page.said.text[:1000], "reply": answers[-1] if answers else ""}


@require_POST
@permitted("cms.board")
def act(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """Parse, do, show. What was refused shows the message as it is now, with what was typed."""
    door = DOORS.get(key)
    if door is None:
        raise Http404
    form = door.form(request.POST)
    if not form.is_valid():
        return show(request, pk, bound={key: form}, status=422)
    try:
        done = door.verb(message_id=pk, by=person(request), now=timezone.now(), **form.arguments())
    except NotFound:
        raise
    except Refused as refused:
        refuse(form, refused)
        return show(request, pk, bound={key: form}, refusal=refused, status=refused.status)
    held = getattr(done, "kind", "") == "held"
    messages.success(request, _("Held: a second person reads its words first.") if held else str(door.done))
    return (
        redirect("cms:board") if not held and key in ("answer", "close") else redirect("cms:message", pk=pk)
    )


@require_http_methods(["GET", "POST"])
@permitted("cms.board_senders")
@never_cache
def sender_list(request: HttpRequest) -> HttpResponse:
    """Websites that hand over messages; a new one's secret is shown once."""
    form = forms.SenderForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            sender, secret = senders.add_sender(**form.cleaned_data, by=person(request), now=timezone.now())
            return _secret(request, sender, secret)
        except Refused as refused:
            refuse(form, refused)
    rows = [(each, selectors.secrets_of(each)) for each in BoardSender.objects.all()]
    context = {"form": form, "rows": rows, "now": timezone.now()}
    return render(request, "cms/senders.html", context, status=422 if request.method == "POST" else 200)


@require_POST
@permitted("cms.board_senders")
@never_cache
def sender_act(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """A new secret, or the door opened or shut."""
    by, now = person(request), timezone.now()
    if key == "secret":
        secret = senders.renew_secret(sender_id=pk, by=by, now=now)
        return _secret(request, BoardSender.objects.get(pk=pk), secret)
    if key not in ("on", "off"):
        raise Http404
    senders.set_sender_active(sender_id=pk, active=key == "on", by=by, now=now)
    return redirect("cms:senders")


def _secret(request: HttpRequest, sender: BoardSender, secret: str) -> HttpResponse:
    where = request.build_absolute_uri(reverse("board_hooks:message_hook", args=[sender.code]))
    return render(request, "cms/sender_secret.html", {"sender": sender, "secret": secret, "where": where})
