"""In which states the demo shows content, trouble of the site, stock and market: asked of each book's demo."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.db import models
from django.db.models import F
from django.utils import timezone

from catalog.models import (
    CompetitorPrice,
    CountImport,
    EvidenceFile,
    Feed,
    LiveCheck,
    LiveDifference,
    MarketSummary,
    StockCount,
    StockCountLine,
    StockMovement,
    UnmatchedGoods,
)
from catalog.selectors.market import best_sellers
from catalog.selectors.supervision import section_changes
from cms import models as cms
from cms.selectors import items
from contracts.models import (
    CallBack,
    Certificate,
    ClauseText,
    Complaint,
    Contract,
    ContractForce,
    Dispute,
    DocumentPaper,
    DoorLink,
    Draw,
    Freeze,
    LossClaim,
    Payment,
    PurchaseOrder,
    Rectification,
    Sample,
    SetOff,
    Supplier,
    Violation,
    WorkPlan,
)
from contracts.selectors import agreement_pages, records
from office.approvals.models import RowDecision, Run, Step, Vote
from office.deadlines.models import Deadline
from office.rulebook import api as rulebook

Line = tuple[str, Iterable[Any], Iterable[Any]]  # what, what must be there, what is there


def missing() -> dict[str, set[Any]]:
    """What the demo does not show."""
    lines = (*_content(), *_trouble(), *_stock_and_market(), *_contracts(), *_purchasing(), *_votes())
    return {what: gap for what, wanted, found in lines if (gap := set(wanted) - set(found))}


def _states(model: type[models.Model]) -> Line:
    wanted = model.State.values  # type: ignore[attr-defined]  # each of them has states
    return model.__name__, wanted, model._default_manager.values_list("state", flat=True)


def _runs(kind: str, *states: str) -> Line:
    return kind, states, Run.objects.filter(kind=kind).values_list("state", flat=True)


def _some(what: str, found: models.QuerySet[Any]) -> Line:
    return what, {True}, {found.exists()}


def _content() -> Iterator[Line]:
    now = timezone.now()
    every = list(items.with_states(cms.Item.objects.all(), now))
    yield "content", items.NAMES, [state.code for item in every for state in items.states_of(item, now)]
    kinds = {"news", "event", "profile", "product", "headline", "floating_ad", "popup", "page"}
    if rulebook.has_rule("cms.poster", now):
        kinds |= {"poster"}
    yield _runs("cms.column", "running", "returned", "executed")
    yield "kinds of content", kinds, [item.kind for item in every]
    yield "flags", ("confidential", "copyright", "important"), [flag for item in every for flag in item.flags]
    if rulebook.has_rule("cms.poster_final", now):
        yield _some("final poster", cms.AssetFinal.objects.all())
    families = cms.AssetVersion.objects.values_list("stored__family", flat=True)
    yield "assets", ("image", "video", "document"), families


def _trouble() -> Iterator[Line]:
    yield _states(cms.SiteIncident)
    yield _states(cms.LiabilityCase)
    yield _states(cms.BoardMessage)
    ways = cms.PartnerNotice.objects.values_list("way", flat=True)
    yield "partner told", ("call", "writing"), ["call" if way == "phone" else "writing" for way in ways]
    yield "answers by mail", ("waiting", "dead"), cms.BoardDelivery.objects.values_list("state", flat=True)
    yield _some("case without grounds", cms.LiabilityCase.objects.filter(unfounded=True))
    yield "replies", cms.BoardReply.Kind.values, cms.BoardReply.objects.values_list("kind", flat=True)
    yield _some("message shown to the public", cms.BoardEntry.objects.all())
    yield _some("message no longer shown", cms.BoardWithdrawal.objects.all())
    yield _runs("cms.redesign", "running", "returned", "executed")
    asked = Run.objects.filter(kind="cms.redesign").values_list("subject_id", flat=True)
    drawn = cms.Redesign.objects.exclude(pk__in=[int(pk) for pk in asked])
    yield _some("redesign being drawn", drawn.filter(dropped_at=None))
    yield _some("redesign dropped", cms.Redesign.objects.exclude(dropped_at=None))
    yield _some("redesign carried out", cms.RedesignDone.objects.all())
    yield "reviews", {True, False}, [row.closed_at is None for row in cms.Review.objects.all()]
    yield "rounds", {True, False}, [row.done_at is None for row in cms.Round.objects.all()]


def _stock_and_market() -> Iterator[Line]:
    now = timezone.now()
    wanted = set(StockCount.State.values)
    if not rulebook.has_rule("catalog.stock_count", now):
        wanted -= {"missed"}  # no schedule, no next one
    yield "StockCount", wanted, StockCount.objects.values_list("state", flat=True)
    yield _some("variance", StockCountLine.objects.exclude(counted=F("book")))
    yield _runs("catalog.stock_variance", "running", "executed")
    yield _states(UnmatchedGoods)
    yield _some("count read from a file", CountImport.objects.all())
    moved = StockMovement.objects.values_list("source", flat=True)
    yield "stock movements", set(StockMovement.Source.values) - {"opening"}, moved  # all of it was received
    yield _some("file that shows a competitor's price", EvidenceFile.objects.all())
    yield (
        "competitors' prices",
        CompetitorPrice.Source.values,
        CompetitorPrice.objects.values_list("source", flat=True),
    )
    yield _some("feed of a channel", Feed.objects.all())
    yield "live checks", LiveCheck.Source.values, LiveCheck.objects.values_list("source", flat=True)
    yield _some(
        "late difference", Deadline.objects.filter(rule="catalog.live_difference", breached_at__isnull=False)
    )
    yield _states(LiveDifference)
    yield "differences", LiveDifference.Kind.values, LiveDifference.objects.values_list("kind", flat=True)
    if rulebook.has_rule("catalog.market_summary", now):
        yield _states(MarketSummary)
        weeks = MarketSummary.objects.all()
        yield "week with best sellers", {True}, {bool(best_sellers(week)) for week in weeks}
    if rulebook.has_rule("catalog.supervised", now):
        yield "changes by section officers", {True}, {bool(section_changes(now))}


def _contracts() -> Iterator[Line]:
    """Nothing where the book in force, an older one, has no suppliers."""
    now = timezone.now()
    if not rulebook.has_rule("contracts.certificate", now):
        return
    lines = agreement_pages.contract_lines(Contract.objects.order_by("pk"), now)
    yield "contracts", ("in_force", "waiting"), [line.state for line in lines]
    yield "contract that runs out soon", {True}, {line.tone == "near" for line in lines}
    yield _some("amended contract", ContractForce.objects.filter(version__n__gt=1))
    shown = Certificate.objects.filter(end=None)
    yield "certificates", ("", "kept", "near", "late"), [records.tone(row.expires_on, now) for row in shown]
    yield "calls back", {True, False}, CallBack.objects.values_list("confirmed", flat=True)
    yield _runs("contracts.bank_details", "running", "executed")
    yield _some("revised clause", ClauseText.objects.all())
    plans = WorkPlan.objects.all()
    yield "plans", {True, False}, [plan.closed_at is None for plan in plans]
    yield _some("plan given up", plans.exclude(closed_why=""))
    late = Deadline.objects.filter(rule__in=("work.milestone", "work.gather"), breached_at__isnull=False)
    yield _some("late step or document", late)
    yield _some("document that runs out", DocumentPaper.objects.exclude(expires_on=None))


def _purchasing() -> Iterator[Line]:
    """Three suppliers at least, each with a state of its own; what was bought of them, paid to them, and went wrong."""
    now = timezone.now()
    if not rulebook.has_rule("contracts.draw", now):
        return
    stands = {
        line.contract.supplier_id: (line.state, line.tone)
        for line in agreement_pages.contract_lines(Contract.objects.order_by("pk"), now)
    }
    yield "suppliers in different states", {True}, {len(set(stands.values())) >= 3}
    bought = Supplier.objects.filter(orders__isnull=False).distinct()
    yield "suppliers with orders", {True}, {bought.count() >= 3}
    yield _states(PurchaseOrder)
    yield _states(Sample)
    yield _states(Complaint)
    yield _some("dispute", Dispute.objects.all())
    yield _some("link to the door", DoorLink.objects.all())
    yield _some("draw", Draw.objects.all())
    yield _some("rectification", Rectification.objects.all())
    yield _some("loss claim", LossClaim.objects.all())
    yield "breaches", Violation.Kind.values, Violation.objects.values_list("kind", flat=True)
    yield _some("freeze", Freeze.objects.all())
    yield (
        "claims",
        ("price_cut", "late", "material", "complaint"),
        SetOff.objects.values_list("kind", flat=True),
    )
    paid = Payment.objects.filter(total__gt=0)
    yield _some("payment made", paid.exclude(voucher=None))
    yield _some("payment agreed and not made", paid.filter(voucher=None, drop=None))


def _votes() -> Iterator[Line]:
    """How requests were decided, whatever they are about. By the site's book no post that somebody may act for (J2)
    decides on anything: there is no vote of one."""
    yield "votes", Vote.Decision.values, Vote.objects.values_list("decision", flat=True)
    yield _some("vote of a deputy", Vote.objects.exclude(on_behalf_of=None))
    yield _some("refused row", RowDecision.objects.all())
    now = timezone.now()
    if rulebook.has_rule("cms.poster_final", now):
        yield _some("vote of an acting post", Vote.objects.exclude(acting_for=""))
    rules = rulebook.book(now).rules.values()
    chains = [rule for rule in rules if isinstance(rule, rulebook.ChainRule)]
    if any(step.mode == "all" for chain in chains for step in chain.steps):
        signing = Step.objects.filter(mode="all", state="active", votes__decision="approve")
        yield _some("step that half of its signers have signed", signing)
        yield _some("step that all have signed", Step.objects.filter(mode="all", state="agreed"))
