"""Verbs on redesigns (C3.3, M1.3): proposed with mock-ups, agreed to by the chain, carried out with evidence."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cms.limits import picture_limits
from cms.models import MockUp, Redesign, RedesignDone, Review
from cms.rules.redesign import View, digest
from cms.services.uploads import Upload
from office.approvals import api as approvals
from office.approvals.services.drafting import drop_draft
from office.audit import api as audit
from office.errors import Conflict, Invalid, NotFound
from office.rulebook.selectors import require

if TYPE_CHECKING:
    from office.staff.models import Employee

KIND = "cms.redesign"
DRAFT = "cms.draft_redesign"
#: The subject under which a proposal that is being written is kept as a draft.
NEW = "new-redesign"
MOST_VIEWS = 12
SLOTS = ("before", "after")


@transaction.atomic
def begin_redesign(
    *, title: str, aim: str, page: str, by: Employee, now: datetime, review_id: int | None = None
) -> Redesign:
    """A proposal that nobody is asked about yet. `review_id`: the review it comes from. Raises Forbidden, Invalid."""
    require(by, DRAFT, now)
    given = _proposal(title, aim, page)
    if review_id is not None and not Review.objects.filter(pk=review_id).exists():
        raise NotFound(_("There is no such review."))
    redesign = Redesign.objects.create(
        **given, review_id=review_id, created_by=by, created_at=now, updated_at=now
    )
    drop_draft(kind=KIND, subject_ids=[NEW], by=by)
    audit.record("cms.begin_redesign", subject=redesign.subject, by=by, now=now, data={"review": review_id})
    return redesign


@transaction.atomic
def change_redesign(
    *, redesign_id: int, title: str, aim: str, page: str, by: Employee, now: datetime
) -> Redesign:
    """Other words. A request on its way becomes void. Raises Forbidden, NotFound, Conflict, Invalid."""
    given = _proposal(title, aim, page)
    redesign = _locked(redesign_id, by, now)
    changed = [name for name, value in given.items() if getattr(redesign, name) != value]
    if changed:
        for name in changed:
            setattr(redesign, name, given[name])
        _touch(redesign, by, now, changed, "cms.change_redesign", {"changed": changed})
    return redesign


@transaction.atomic
def add_mock_up(*, redesign_id: int, label: str, by: Employee, now: datetime) -> MockUp:
    """One more view, its pictures still missing. Raises Forbidden, NotFound, Conflict, Invalid."""
    said = label.strip()
    if not said or len(said) > 60 or not said.isprintable():
        raise _wrong("label", _("Name the view in at most 60 characters."))
    redesign = _locked(redesign_id, by, now)
    count = redesign.mock_ups.count()
    if count >= MOST_VIEWS:
        raise _wrong("label", _("At most {count} views.").format(count=MOST_VIEWS))
    mock_up = MockUp.objects.create(redesign=redesign, label=said, place=count)
    _touch(redesign, by, now, [], "cms.add_mock_up", {"view": said})
    return mock_up


@transaction.atomic
def set_mock_up(*, mock_up_id: int, slot: str, upload: Upload, by: Employee, now: datetime) -> MockUp:
    """The picture of how it looks now ("before") or would look ("after"). Raises what a picture may be refused for."""
    if slot not in SLOTS:
        raise NotFound(_("There is no such mock-up."))
    require(by, DRAFT, now)
    stored = upload.kept(by=by, now=now, limits=picture_limits(now))
    mock_up = _mock_up(mock_up_id)
    redesign = _locked(mock_up.redesign_id, by, now)
    setattr(mock_up, slot, stored)
    mock_up.save(update_fields=[slot])
    _touch(redesign, by, now, [], "cms.set_mock_up", {"view": mock_up.label, slot: stored.sha256})
    return mock_up


@transaction.atomic
def remove_mock_up(*, mock_up_id: int, by: Employee, now: datetime) -> Redesign:
    """The view is no longer part of the proposal. Raises Forbidden, NotFound, Conflict."""
    mock_up = _mock_up(mock_up_id)
    redesign = _locked(mock_up.redesign_id, by, now)
    mock_up.delete()
    _touch(redesign, by, now, [], "cms.remove_mock_up", {"view": mock_up.label})
    return redesign


def ask_redesign(*, redesign_id: int, by: Employee, now: datetime, comment: str = "") -> approvals.Run:
    """Ask the chain; asks again where the request was returned. Raises NotFound, Conflict, Invalid (no mock-ups: the
    clause asks for them), and what `submit` raises."""
    redesign = Redesign.objects.filter(pk=redesign_id).first()
    if redesign is None:
        raise NotFound(_("There is no such redesign."))
    _require_open(redesign)
    payload = payload_of(redesign)
    returned = approvals.Run.objects.filter(
        kind=KIND, subject_type="redesign", subject_id=str(redesign.pk), state="returned", requester=by
    ).first()
    if returned is not None:
        return approvals.resubmit(run_id=returned.pk, payload=payload, by=by, now=now, comment=comment)
    return approvals.submit(
        kind=KIND, subject=redesign.subject, payload=payload, by=by, now=now, comment=comment
    )


@transaction.atomic
def drop_redesign(*, redesign_id: int, by: Employee, now: datetime) -> Redesign:
    """No longer pursued. Raises Forbidden, NotFound, Conflict (a request for it is on its way)."""
    redesign = _locked(redesign_id, by, now)
    if approvals.Run.objects.filter(
        subject_type="redesign", subject_id=str(redesign.pk), state__in=["running", "returned", "agreed"]
    ).exists():
        raise Conflict(_("Its approval is on its way. Take the request back first."), code="running")
    redesign.dropped_at = now
    _touch(redesign, by, now, ["dropped_at"], "cms.drop_redesign", {})
    return redesign


def record_done(
    *, run: approvals.Run, payload: Mapping[str, Any], by: Employee | None, now: datetime
) -> None:
    """Called by the approvals engine when the designer carries it out. Raises Invalid without evidence."""
    if by is None or not run.execution_evidence:
        raise _wrong("words", _("Say where the new design can be seen: an address, or what was done."))
    redesign = Redesign.objects.select_for_update(of=("self",)).get(pk=payload["redesign"])
    RedesignDone.objects.create(
        redesign=redesign,
        digest=payload["digest"],
        evidence=run.execution_evidence,
        run=run,
        by=by,
        at=now,
    )
    redesign.updated_at = now
    redesign.save(update_fields=["updated_at"])
    audit.record(
        "cms.redesign_done",
        subject=redesign.subject,
        by=by,
        now=now,
        clause=run.clause,
        data={"run": run.pk, "digest": payload["digest"]},
    )


def views_of(redesign: Redesign) -> list[MockUp]:
    return list(redesign.mock_ups.select_related("before", "after"))


def digest_of(redesign: Redesign, mock_ups: list[MockUp]) -> str:
    """Of the proposal as it stands."""
    return digest(
        redesign.title,
        redesign.aim,
        redesign.page,
        [
            View(
                each.label,
                each.before.sha256 if each.before else "",
                each.after.sha256 if each.after else "",
            )
            for each in mock_ups
        ],
    )


def payload_of(redesign: Redesign) -> dict[str, Any]:
    """What is asked for. The pictures are named by their kept files, whose bytes the digest covers."""
    mock_ups = views_of(redesign)
    return {
        "redesign": redesign.pk,
        "digest": digest_of(redesign, mock_ups),
        "title": redesign.title,
        "aim": redesign.aim,
        "page": redesign.page,
        "evidence": {
            "mock_ups": [
                {"label": each.label, "before": each.before_id, "after": each.after_id}
                for each in mock_ups
                if each.after_id
            ]
        },
    }


def _mock_up(mock_up_id: int) -> MockUp:
    found = MockUp.objects.filter(pk=mock_up_id).first()
    if found is None:
        raise NotFound(_("There is no such mock-up."))
    return found


def _locked(redesign_id: int, by: Employee, now: datetime) -> Redesign:
    """Runs first, then the redesign: as executing does. Raises Forbidden, NotFound, Conflict."""
    require(by, DRAFT, now)
    found = Redesign.objects.filter(pk=redesign_id).first()
    if found is None:
        raise NotFound(_("There is no such redesign."))
    approvals.hold(found.subject)
    redesign = Redesign.objects.select_for_update(of=("self",)).get(pk=redesign_id)
    _require_open(redesign)
    return redesign


def _require_open(redesign: Redesign) -> None:
    if RedesignDone.objects.filter(redesign=redesign).exists():
        raise Conflict(_("It has been carried out. Begin a new redesign."), code="done")
    if redesign.dropped_at:
        raise Conflict(_("It is no longer pursued. Begin a new redesign."), code="dropped")


def _touch(
    redesign: Redesign, by: Employee, now: datetime, changed: list[str], verb: str, data: dict[str, Any]
) -> None:
    redesign.updated_at = now
    redesign.save(update_fields=[*changed, "updated_at"])
    audit.record(verb, subject=redesign.subject, by=by, now=now, data=data)
    approvals.subject_changed(subject=redesign.subject, by=by, now=now)


def _proposal(title: str, aim: str, page: str) -> dict[str, str]:
    """Raises Invalid with everything that is wrong."""
    given = {"title": title.strip(), "aim": aim.strip(), "page": page.strip()}
    errors = []
    for name, longest in (("title", 80), ("aim", 1000), ("page", 120)):
        if not given[name]:
            errors.append({"path": name, "code": "required", "message": str(_("This is needed."))})
        elif len(given[name]) > longest:
            told = str(_("At most {count} characters.").format(count=longest))
            errors.append({"path": name, "code": "too_long", "message": told})
        elif name != "aim" and not given[name].isprintable():
            told = str(_("Line breaks and control characters do not fit here."))
            errors.append({"path": name, "code": "characters", "message": told})
    if errors:
        raise Invalid(_("The proposal is incomplete."), code="proposal", errors=errors)
    return given


def _wrong(path: str, message: object) -> Invalid:
    return Invalid(message, code=path, errors=[{"path": path, "code": "invalid", "message": str(message)}])
