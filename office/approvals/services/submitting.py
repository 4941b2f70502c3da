"""Asking: the request, asking again after a return, taking it back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from office.approvals import kinds, rules
from office.approvals.models import Annex, Comment, Paper, Run
from office.approvals.selectors import people, runs
from office.approvals.services import steps
from office.approvals.services.context import Context, begin, require_state
from office.approvals.services.copying import add_copies
from office.approvals.services.drafting import bytes_of, drop_draft
from office.approvals.services.stopping import stop, waited_on
from office.approvals.services.telling import tell
from office.errors import Conflict, Forbidden, Invalid, Refused
from office.rulebook import api as rulebook
from office.staff.models import Employee
from office.subjects import Subject

if TYPE_CHECKING:
    from office.approvals.selectors.people import Posts

PREVIEW = 6


def submit(
    *,
    kind: str,
    subject: Subject,
    payload: Mapping[str, Any],
    by: Employee,
    now: datetime,
    flags: Iterable[str] = (),
    comment: str = "",
    copy_to: Iterable[int] = (),
    follows: int | None = None,
    draft: str | None = None,
) -> Run:
    """Ask for agreement: the chain of the book in force is copied, the paper and the subject's fields are pinned.

    `flags` choose the chain. `payload["rows"]`, a list, can be decided row by row. `follows`: the run that must have
    passed before, where the chain says so; without it one on the same subject is looked for. `copy_to`: employee ids.
    `draft`: the subject id under which it was begun, where that was another ("new"); the draft is gone then.
    Raises Invalid, Forbidden (not among the proposers), Conflict (`running`: one is on its way for this subject),
    Refused (`no_superior`, `no_chain`, `chain_before`).
    """
    found = kinds.kind_of(kind)
    if subject.type != found.subject_type:
        raise LookupError(f"{kind} is about {found.subject_type!r}, not {subject.type!r}")
    stored = bytes_of(payload)
    payload = rules.payload_of(stored)
    found.check(payload)
    book = rulebook.book(now)
    marked = sorted(set(flags))
    chain = rules.chain_for(book, kind, marked)
    if chain is None:
        raise Refused(_("The rulebook in force has no approval chain for this."), code="no_chain")
    posts = people.posts_at(book.superiors, now)
    post = _post(by, chain, posts)
    _require_evidence(found, chain, payload)
    try:
        with transaction.atomic():
            run = Run(
                kind=kind,
                subject_type=subject.type,
                subject_id=subject.id,
                label=subject.label[:120],
                flags=marked,
                requester=by,
                post=post,
                chain=chain.key,
                version_id=book.version_id or 0,
                clause=chain.clause,
                chain_steps=len(chain.steps),
                executor=chain.executor or "",
                check_by=list(chain.check_by),
                follows_id=_before(chain, subject, follows),
                submitted_at=now,
            )
            act = Context(run, by, now, found)
            act.known.posts[run.version_id] = posts
            paper = _paper(act, stored)
            run.similar = (found.similar(run) if found.similar else kind)[:120]
            run.save()
            paper.run = run
            paper.save()
            kept = _annex(act, paper)
            _check_seats(act, chain)
            steps.lay_out(act, chain)
            drop_draft(kind=kind, subject_ids=[subject.id, draft or subject.id], by=by)
            _say(act, comment)
            act.record("submit", digest=paper.digest, chain=chain.key, flags=marked, post=post, **kept)
            add_copies(act, copy_to)
            steps.open_next(act)
    except IntegrityError as error:
        if "run_one_live" in str(error):
            live = runs.live_on(subject.type, subject.id).filter(kind=kind).first()
            raise Conflict(
                _("A request of this kind is already on its way for {label}.").format(label=subject.label),
                code="running",
                clause=chain.clause,
                run=live.pk if live else None,
            ) from error
        raise
    return run


@transaction.atomic
def resubmit(
    *,
    run_id: int,
    payload: Mapping[str, Any],
    by: Employee,
    now: datetime,
    revision: int | None = None,
    comment: str = "",
) -> Run:
    """Ask again after a return, with the same or another payload: a new paper, and the whole chain is asked anew.

    Clocks begin again. Raises Forbidden (only the requester), MovedOn, Invalid, Refused.
    """
    act = begin(run_id, by, now, revision)
    run = act.run
    require_state(act, [Run.State.RETURNED], revision)
    if by.pk != run.requester_id:
        raise Forbidden(_("Only the requester asks again."), code="not_the_requester", clause=run.clause)
    stored = bytes_of(payload)
    payload = rules.payload_of(stored)
    act.kind.check(payload)
    chain = rulebook.rule_in(act.book, run.chain, rulebook.ChainRule)
    _require_evidence(act.kind, chain, payload)
    paper = _paper(act, stored, round=run.round + 1)
    paper.run = run
    paper.save()
    kept = _annex(act, paper)
    run.round += 1
    run.state, run.paused_at = Run.State.RUNNING, None
    act.save("round", "state", "paused_at", "preview")
    _check_seats(act, chain)
    steps.lay_out(act, chain)
    drop_draft(kind=run.kind, subject_ids=[run.subject_id], by=by)
    _say(act, comment)
    act.record("resubmit", digest=paper.digest, round=run.round, **kept)
    steps.open_next(act)
    return run


@transaction.atomic
def ask_again(
    *, run_id: int, by: Employee, now: datetime, revision: int | None = None, comment: str = ""
) -> Run:
    """Ask for the same once more after a return. Where a paper ages, its desk makes it anew and judges it as of now
    (`Kind.again`). Raises as `resubmit` does, and what the desk refuses (`chain_differs`: other flags by now)."""
    act = begin(run_id, by, now, revision)
    run = act.run
    require_state(act, [Run.State.RETURNED], revision)
    if by.pk != run.requester_id:
        raise Forbidden(_("Only the requester asks again."), code="not_the_requester", clause=run.clause)
    if act.kind.again is not None:
        return act.kind.again(run, by, now, comment)
    return resubmit(run_id=run_id, payload=run.payload, by=by, now=now, revision=revision, comment=comment)


@transaction.atomic
def withdraw(*, run_id: int, by: Employee, now: datetime, reason: str, revision: int | None = None) -> Run:
    """The requester takes it back, as long as it has not been carried out; for one who can no longer sign in the post
    above his does. Raises Forbidden, MovedOn, Invalid."""
    act = begin(run_id, by, now, revision)
    run = act.run
    require_state(act, [Run.State.RUNNING, Run.State.RETURNED, Run.State.AGREED], revision)
    if by.pk != run.requester_id and not people.stands_in(run, by.pk, act.posts):
        raise Forbidden(_("Only the requester takes it back."), code="not_the_requester", clause=run.clause)
    said = reason_of(reason)
    told = waited_on(act)
    stop(act)
    run.state, run.ended_at, run.paused_at = Run.State.WITHDRAWN, now, None
    act.save("state", "ended_at", "paused_at")
    _say(act, said)
    act.record("withdraw")
    act.kind.ended(run, by, now)
    tell(act, "withdrawn", told)
    return run


def reason_of(text: str) -> str:
    """Raises Invalid when there is none."""
    said = text.strip()[:500]
    if not said:
        message = _("Please give the reason.")
        raise Invalid(
            message, errors=[{"path": "reason", "code": "required", "message": str(message)}], code="reason"
        )
    return said


def _post(by: Employee, chain: rulebook.ChainRule, posts: Posts) -> str:
    """The post in which somebody asks: one that may propose, else the highest he has. Raises Forbidden."""
    held = posts.of(by.pk)
    fit = [post for post in held if post in chain.proposer] if chain.proposer else held
    if not fit:
        raise Forbidden(_("None of your posts may ask for this."), code="not_a_proposer", clause=chain.clause)
    return rules.highest(posts.superiors, fit)


def _require_evidence(kind: kinds.Kind, chain: rulebook.ChainRule, payload: Mapping[str, Any]) -> None:
    missing = [name for name in chain.requires if name not in kind.attached(payload)]
    if missing:
        text = _("The evidence that the clause asks for is missing.")
        raise Invalid(
            text,
            code="evidence",
            clause=chain.clause,
            errors=[
                {"path": f"evidence.{name}", "code": "required", "message": str(text)} for name in missing
            ],
        )


def _before(chain: rulebook.ChainRule, subject: Subject, follows: int | None) -> int | None:
    """The run that had to pass first (C11.3). Raises Refused."""
    if chain.after is None:
        return None
    passed = Run.objects.filter(kind=chain.after, state__in=[Run.State.AGREED, Run.State.EXECUTED])
    if follows is not None:
        passed = passed.filter(pk=follows)
    else:
        passed = passed.filter(subject_type=subject.type, subject_id=subject.id)
    found = passed.order_by("-id").values_list("id", flat=True).first()
    if found is None:
        raise Refused(
            _("{chain} must have passed before.").format(chain=kinds.name_of(chain.after)),
            code="chain_before",
            clause=chain.clause,
        )
    return found


def _paper(act: Context, stored: bytes, round: int = 1) -> Paper:
    """The paper of a round, and the run's preview of it; the run gets it as its own."""
    run = act.run
    paper = Paper(
        round=round,
        payload=stored,
        digest=rules.digest(stored),
        fields=rules.fingerprint(act.kind.fields(run.subject_id)),
        at=act.now,
    )
    run.paper = paper
    shown: dict[str, list[list[str | int | None]]] = {}
    for code, _name in settings.LANGUAGES:
        # Asked for once in each language: a kind puts words together ("+728.00 yuan at cost"), which no lazy text does.
        with translation.override(code):
            shown[code] = [
                [c.field, str(c.label), str(c.before), str(c.after), c.row, c.index]
                for c in act.kind.changes(run)
            ]
    paper.changes = shown
    run.preview = {
        "total": len(shown[code]),
        **{code: [line[1:5] for line in lines[:PREVIEW]] for code, lines in shown.items()},
    }
    return paper


def _annex(act: Context, paper: Paper) -> dict[str, str]:
    """What is kept beside the paper; its digest for the trail, nothing where the kind keeps nothing."""
    found = act.kind.annex(act.run, act.now)
    if found is None:
        return {}
    content = rules.canonical(found)
    annex = Annex.objects.create(paper=paper, content=content, digest=rules.digest(content), at=act.now)
    return {"annex": annex.digest}


def _check_seats(act: Context, chain: rulebook.ChainRule) -> None:
    """Refused at once when a step could only be decided by the requester himself."""
    for step in chain.steps:
        try:
            people.chairs(
                steps.positions_of(act, step), step.mode, act.posts, act.run.requester_id, asking=True
            )
        except people.NoSuperior as error:
            raise Refused(
                _("Nobody decides on his own request, and nobody stands above the post {post}.").format(
                    post=rulebook.book(act.now).positions.get(error.position, error.position)
                ),
                code="no_superior",
                clause=chain.clause,
                position=error.position,
            ) from error


def _say(act: Context, text: str) -> None:
    said = text.strip()[:1000]
    if said:
        Comment.objects.create(run=act.run, person=act.person, text=said, at=act.now)
