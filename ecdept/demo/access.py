"""Levels that were asked for in the demo: one given, one at its signers, one sent back."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from accounts.rules.words import BACK_OFFICE, grantable
from accounts.services import grants
from ecdept.demo.stage import Stage
from office.approvals import api as approvals
from office.rulebook import api as rulebook


def play(stage: Stage) -> None:
    """From the oldest to the newest; nothing where the book in force, an older one, knows no levels."""
    if BACK_OFFICE not in grantable(rulebook.book(stage.now)):
        return
    given = _ask(stage, "D001", days=9, span=30, reason="大促期间协助核对订单备注和商品图。")
    stage.until_agreed(given, at=stage.ago(days=8.5), comment="同意，活动结束即收回。")
    stage.execute(approvals.Run.objects.get(pk=given.pk), at=stage.ago(days=8), evidence="")
    returned = _ask(stage, "E003", days=3, span=60, reason="想看看后台。")
    stage.give_back(returned, at=stage.ago(days=2.5), reason="请写明用途和具体期限。")
    asked = _ask(stage, "H001", days=1.2, span=14, reason="核对客服加班与接单记录。")
    [step] = rulebook.chain_rule(asked.chain, stage.ago(days=1.2)).steps
    if step.mode == "all":  # one of both has signed
        stage.agree(asked, at=stage.ago(days=1), comment="同意，仅限只读。")
    stage.settle(stage.now)


def _ask(stage: Stage, who: str, *, days: float, span: int, reason: str) -> approvals.Run:
    """The level for so many days from the day of asking on."""
    person, at = stage.who(who), stage.ago(days=days)
    first = timezone.localdate(at)
    return grants.ask_grant(
        person_id=person.pk, word=BACK_OFFICE, first_day=first, last_day=first + timedelta(days=span),
        reason=reason, by=person, now=at,
    )  # fmt: skip
