"""The demo's requests that belong to no desk: deputies and the rulebook, in every state these kinds can have."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from ecdept.demo.stage import Stage
from office.approvals import api as approvals
from office.rulebook import api as rulebook

DAY = timedelta(days=1)


def play(stage: Stage) -> None:
    """From the oldest to the newest."""
    _rulebook_turned_down(stage)
    _a_deputy_who_decided(stage)
    _ended_otherwise(stage)
    _on_their_way(stage)
    _rulebook_proposed(stage)
    stage.settle(stage.now)


def _deputy(
    stage: Stage, who: str, deputy: str, *, at: datetime, begins: float, days: int, reason: str
) -> approvals.Run:
    """Asked at `at`; the absence begins so many days from the day the demo is loaded on, in the morning."""
    first = timezone.localtime(stage.now + begins * DAY).replace(hour=8, minute=30, second=0, microsecond=0)
    return approvals.name_deputy(
        deputy_id=stage.who(deputy).pk, starts_at=first, ends_at=first + days * DAY, reason=reason,
        by=stage.who(who), now=at,
    )  # fmt: skip


def _other_book(stage: Stage) -> str:
    return "site" if rulebook.book(stage.now).code == "mall" else "mall"


def _rulebook_turned_down(stage: Stage) -> None:
    run = approvals.propose_activation(
        book=_other_book(stage), starts_at=stage.ago(days=12), by=stage.who("I002"), now=stage.ago(days=26),
        comment="新后台已上线，建议改用另一套规章。",
    )  # fmt: skip
    stage.reject(run, at=stage.ago(days=25.2), reason="双十一之前不换规章，大促结束后再提。")


def _a_deputy_who_decided(stage: Stage) -> None:
    """The manager was away for three days, her deputy decided meanwhile; another deputy is in force now."""
    away = _deputy(
        stage, "M001", "N001", at=stage.ago(days=13), begins=-10, days=3, reason="参加广州家具展"
    )  # fmt: skip
    stage.agree(away, at=stage.ago(days=12.6), comment="同意，展会期间保持电话畅通。")
    asked = _deputy(stage, "U001", "W001", at=stage.ago(days=9.2), begins=-7, days=2, reason="去顺德验厂")
    approvals.approve(
        run_id=asked.pk, by=stage.who("N001"), now=stage.ago(days=8.8), comment="陈经理外出，代为同意。"
    )
    now_away = _deputy(stage, "P001", "P002", at=stage.ago(days=4), begins=-1, days=4, reason="陪产假")
    approvals.comment(
        run_id=now_away.pk, by=stage.who("P001"), now=stage.ago(days=3.9), text="在途订单已列清单交给许文博。"
    )
    stage.until_agreed(now_away, at=stage.ago(days=3.2), comment="恭喜，工作交接清楚即可。")


def _ended_otherwise(stage: Stage) -> None:
    refused = _deputy(stage, "A004", "A001", at=stage.ago(days=6), begins=2, days=6, reason="外出旅游")
    stage.reject(refused, at=stage.ago(days=5.1), reason="该周已有两人休假，请改期。")
    taken_back = _deputy(stage, "W001", "U001", at=stage.ago(days=3), begins=5, days=1, reason="家中有事")
    stage.take_back(taken_back, at=stage.ago(days=2.4), reason="事情已办完，不用请假了。")
    gone = _deputy(stage, "T001", "I001", at=stage.ago(days=15), begins=-13, days=2, reason="年假")
    stage.leave("T001", at=stage.ago(days=14.5))
    approvals.subject_changed(subject=gone.subject, by=None, now=stage.ago(days=14.5))


def _on_their_way(stage: Stage) -> None:
    """Fresh, late, at its second signer, handed on, returned, stuck."""
    _deputy(stage, "A002", "A001", at=stage.ago(hours=2), begins=6, days=2, reason="参加孩子家长会")
    late = _deputy(stage, "E001", "D001", at=stage.ago(days=5), begins=3, days=3, reason="年假")
    approvals.remind(run_id=late.pk, by=stage.who("E001"), now=stage.ago(days=2))
    stage.copy(late, to=["D001", "H001"], at=stage.ago(days=1.9))
    second = _deputy(stage, "A003", "A004", at=stage.ago(hours=30), begins=4, days=2, reason="拔智齿")
    stage.add_signer(
        second, signer="H001", at=stage.ago(hours=27), comment="病假请人力资源一并确认。"
    )  # fmt: skip
    stage.agree(second, at=stage.ago(hours=26), comment="排班已调整。")
    handed_on = _deputy(stage, "D001", "E001", at=stage.ago(hours=20), begins=8, days=5, reason="回乡探亲")
    stage.forward(handed_on, to="O001", at=stage.ago(hours=5), reason="店铺改版排期由您掌握，请您定。")
    returned = _deputy(stage, "B001", "A001", at=stage.ago(days=2), begins=7, days=2, reason="有事")
    stuck = _deputy(
        stage, "V001", "O001", at=stage.ago(days=4.5), begins=9, days=4, reason="赴杭州参加商家大会"
    )
    stage.add_signer(stuck, signer="Z001", at=stage.ago(days=4.2), comment="请顾问确认大促排期不受影响。")
    stage.agree(stuck, at=stage.ago(days=4.1), comment="同意参会。")
    stage.leave("Z001", at=stage.ago(days=1.5))
    approvals.resolve_seats(now=stage.ago(days=1.5))
    stage.give_back(returned, at=stage.ago(days=1.1), reason="请写清事由，并注明未完结订单由谁跟进。")


def _rulebook_proposed(stage: Stage) -> None:
    first = timezone.localtime(stage.now).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    month = (first + 32 * DAY).replace(day=1)
    if month - stage.now < 5 * DAY:
        month = (month + 32 * DAY).replace(day=1)
    run = approvals.propose_activation(
        book=_other_book(stage), starts_at=month, by=stage.who("M001"), now=stage.ago(hours=7),
        comment="大促已结束，建议从下月起改用。条款差异和过去四周的推演见本页。",
    )  # fmt: skip
    stage.copy(run, to=["K001", "O001", "H001"], at=stage.ago(hours=6.9))
