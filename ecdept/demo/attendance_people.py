"""The demo's coming and leaving: vacancies, candidates in every stage, people on probation, reviews, leavers."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from attendance.models import Candidate, ExamPaper, HandOverItem, Leaving, Review, Vacancy
from attendance.services import candidates, exams, handover, leaving, probation, vacancies
from attendance.services import scoring as reviews
from ecdept.demo.stage import Stage
from office.rulebook import api as rulebook
from office.staff.models import Employee

DAY = timedelta(days=1)
POST = "copywriter"


def play(stage: Stage) -> None:
    """From the oldest to the newest."""
    _papers(stage)
    if rulebook.has_rule(vacancies.HEADCOUNT, stage.now):
        _headcount(stage)
    vacancy = _vacancies(stage)
    confirmed = _engage(stage, vacancy, "顾晓晴", "E101", days=100)
    _engage(stage, vacancy, "程一诺", "E102", days=48)
    gone = _engage(stage, vacancy, "魏子期", "E103", days=80)
    _confirm(stage, confirmed)
    _candidates(stage, vacancy)
    _reviews(stage)
    _leavers(stage, gone)


def _papers(stage: Stage) -> None:
    hr, manager, at = stage.who("H001"), stage.who("M001"), stage.ago(days=130)
    vacancies.describe_job(
        position=POST, by=manager, now=at,
        text="撰写产品详情、专题文章和活动文案；维护品牌用语；配合设计完成页面。须熟悉家具材质与工艺。",
    )  # fmt: skip
    for sort, title, task in (
        ("written", "产品文章", "以一款实木餐桌为题写一篇八百字以内的产品文章，说明材质、工艺和适用场景。"),
        ("practical", "软件实操", "用排版软件完成一张活动海报的文案排版，并导出可交付文件。"),
    ):
        exams.make_paper(position=POST, sort=sort, title=title, task=task, by=hr, now=at)


def _headcount(stage: Stage) -> None:
    run = vacancies.plan_headcount(
        planned={POST: 8, "service_agent": 8, "designer": 3}, by=stage.who("M001"), now=stage.ago(days=128)
    )
    stage.until_agreed(run, at=stage.ago(days=127))
    vacancies.plan_headcount(
        planned={"designer": 4}, by=stage.who("M001"), now=stage.ago(hours=9),
        comment="明年新增专题页，请批准增编一人。",
    )  # fmt: skip


def _vacancies(stage: Stage) -> Vacancy:
    manager, at = stage.who("M001"), stage.ago(days=125)
    run = vacancies.ask_vacancy(
        position=POST, count=5, channels=["online", "job_fair"], special=True,
        wanted="两年以上家居或电商文案经验，附作品。", reason="新品增多，现有文案忙不过来。", by=manager, now=at,
    )  # fmt: skip
    stage.until_agreed(run, at=at + DAY)
    vacancy = Vacancy.objects.get(pk=run.subject_id)
    vacancies.set_pay(
        vacancy_id=vacancy.pk, low=Decimal(8000), high=Decimal(13000), basis="行业薪酬调查，二线城市中位数",
        by=stage.who("H001"), now=at + DAY,
    )  # fmt: skip
    vacancies.ask_vacancy(
        position="service_agent", count=1, channels=["online"], special=False,
        wanted="能上晚班，打字每分钟六十字以上。", reason="一名客服将离职，需补员。",
        by=manager, now=stage.ago(hours=6),
    )  # fmt: skip
    return vacancy


def _add(stage: Stage, vacancy: Vacancy, name: str, at: datetime, channel: str = "online") -> Candidate:
    phone = f"1390000{sum(map(ord, name)) % 10000:04}"
    return candidates.add_candidate(
        vacancy_id=vacancy.pk, name=name, phone=phone, about="有家居行业从业经历，作品三篇。", channel=channel,
        by=stage.who("H001"), now=at,
    )  # fmt: skip


def _move(stage: Stage, found: Candidate, stage_name: str, at: datetime, reason: str = "") -> None:
    candidates.move_candidate(
        candidate_id=found.pk, stage=stage_name, by=stage.who("H001"), now=at, reason=reason
    )


def _on_trial(
    stage: Stage, vacancy: Vacancy, name: str, at: datetime, points: tuple[int | None, int | None]
) -> Candidate:
    """Invited, on trial, both papers set; scored where there are points."""
    found = _add(stage, vacancy, name, at)
    _move(stage, found, "interview", at + DAY)
    _move(stage, found, "trial", at + 2 * DAY)
    for paper, given in zip(ExamPaper.objects.filter(position=POST).order_by("pk"), points, strict=True):
        made = exams.set_exam(
            candidate_id=found.pk,
            paper_id=paper.pk,
            examiner=stage.who("E002"),
            by=stage.who("H001"),
            now=at + 2 * DAY,
        )
        exams.keep_answer(
            exam_id=made.pk, text="白橡木纹理直，木蜡油保留手感……", by=stage.who("H001"), now=at + 3 * DAY
        )
        if given is not None:
            exams.score_exam(
                exam_id=made.pk,
                points=given,
                comment="结构清楚，用词准确。",
                by=stage.who("E002"),
                now=at + 4 * DAY,
            )
        if given is not None and given < 60:  # the examiner has found an error since
            exams.ask_correction(
                exam_id=made.pk, points=given + 4, reason="复核时发现第二题漏计四分。", by=stage.who("E002"),
                now=min(at + 4.5 * DAY, stage.now),
            )  # fmt: skip
    return found


def _engage(stage: Stage, vacancy: Vacancy, name: str, number: str, *, days: int) -> Employee:
    """Passed, agreed to and carried out so many days ago."""
    at = stage.ago(days=days + 8)
    found = _on_trial(stage, vacancy, name, at, (82, 76))
    candidates.assess_candidate(
        candidate_id=found.pk, marks={"culture_fit": 4, "values": 4, "potential": 5}, text="沟通主动，交稿及时。",
        by=stage.who("M001"), now=at + 5 * DAY,
    )  # fmt: skip
    run = candidates.ask_engagement(
        candidate_id=found.pk, number=number, starts_on=timezone.localdate(stage.ago(days=days)),
        by=stage.who("H001"), now=at + 6 * DAY,
    )  # fmt: skip
    stage.until_agreed(run, at=at + 6.5 * DAY)
    stage.execute(run, at=at + 7 * DAY, evidence="")
    return Employee.objects.get(number=number)


def _confirm(stage: Stage, person: Employee) -> None:
    run = probation.propose_change(
        employee_id=person.pk, change="confirmation", after="", starts_on=timezone.localdate(stage.ago(days=40)),
        reason="试用期内独立完成四个专题，表现稳定。", by=stage.who("M001"), now=stage.ago(days=44),
    )  # fmt: skip
    stage.until_agreed(run, at=stage.ago(days=43))
    stage.execute(run, at=stage.ago(days=42), evidence="")
    probation.propose_change(
        employee_id=stage.who("E002").pk, change="promotion", after="planner", before=POST,
        starts_on=timezone.localdate(stage.now + 20 * DAY), reason="承担策划工作半年，拟任策划。",
        by=stage.who("M001"), now=stage.ago(hours=20),
    )  # fmt: skip


def _candidates(stage: Stage, vacancy: Vacancy) -> None:
    _add(stage, vacancy, "苏念", stage.ago(days=2))
    _add(stage, vacancy, "江与安", stage.ago(hours=5), "job_fair")
    invited = _add(stage, vacancy, "贺知秋", stage.ago(days=6))
    _move(stage, invited, "interview", stage.ago(days=4))
    _on_trial(stage, vacancy, "叶青禾", stage.ago(days=6), (58, None))
    asked = _on_trial(stage, vacancy, "钟意", stage.ago(days=9), (88, 71))
    candidates.assess_candidate(
        candidate_id=asked.pk, marks={"culture_fit": 5, "values": 4, "potential": 4}, text="文笔好，需熟悉工艺术语。",
        by=stage.who("M001"), now=stage.ago(days=3),
    )  # fmt: skip
    candidates.ask_engagement(
        candidate_id=asked.pk, number="E104", starts_on=timezone.localdate(stage.now + 6 * DAY),
        by=stage.who("H001"), now=stage.ago(hours=22),
    )  # fmt: skip
    out = _add(stage, vacancy, "陆遥", stage.ago(days=20))
    _move(stage, out, "declined", stage.ago(days=18), "作品与岗位方向不符。")
    off = _add(stage, vacancy, "白露", stage.ago(days=15))
    _move(stage, off, "withdrew", stage.ago(days=13), "已接受其他单位录用。")


def _reviews(stage: Stage) -> None:
    manager, at = stage.who("M001"), stage.ago(days=12)
    today = timezone.localdate(stage.now)
    figures = [
        reviews.Figure("接单及时率", "≥ 98%", 40), reviews.Figure("客户好评率", "≥ 95%", 40),
        reviews.Figure("记录完整率", "100%", 20),
    ]  # fmt: skip
    table = reviews.write_table(
        position="service_agent", period="本季度", first_day=today - 80 * DAY, last_day=today + 10 * DAY,
        figures=figures, by=manager, now=at,
    )  # fmt: skip
    opened = reviews.publish_table(table_id=table.pk, by=manager, now=at + DAY)
    for turn, review in enumerate(opened[:3]):
        kpis = list(table.kpis.all())
        reviews.score_review(
            review_id=review.pk, points={kpi.pk: 95 - 3 * turn - 2 * kpi.place for kpi in kpis}, notes={},
            text="整体稳定，旺季响应及时。", by=manager, now=at + 3 * DAY,
        )  # fmt: skip
    for review in opened[1:3]:
        reviews.comment_review(
            review_id=review.pk, text="认可评分，会继续改进记录。", by=review.employee, now=at + 4 * DAY
        )
    for turn, review in enumerate(opened[1:3]):
        run = reviews.ask_result(review_id=review.pk, by=manager, now=at + 5 * DAY)
        if turn:  # the other one is being decided on
            stage.until_agreed(run, at=at + 6 * DAY, comment="评分客观，同意。")
    reviews.write_table(
        position="designer", period="下季度", first_day=today + 11 * DAY, last_day=today + 100 * DAY,
        figures=[reviews.Figure("按期交稿率", "≥ 95%", 100)], by=manager, now=stage.ago(days=1),
    )  # fmt: skip
    assert Review.objects.exists()  # noqa: S101 - the posts of the demo are held


def _leavers(stage: Stage, gone: Employee) -> None:
    """One left with something open, one is on the way out, one asks to go early."""
    run = leaving.resign(
        last_day=timezone.localdate(stage.ago(days=6)), reason="个人发展", contract_clause="", by=gone,
        now=stage.ago(days=40),
    )  # fmt: skip
    stage.until_agreed(run, at=stage.ago(days=39))
    leaving.end_access(now=stage.ago(days=5))
    going = leaving.resign(
        last_day=timezone.localdate(stage.now + 12 * DAY), reason="随家人迁居外地",
        contract_clause="第十二条：提前三十日书面通知", by=stage.who("A004"), now=stage.ago(days=20),
    )  # fmt: skip
    stage.until_agreed(going, at=stage.ago(days=19))
    found = Leaving.objects.get(run=going)
    for item in HandOverItem.objects.filter(leaving=found, provider="posts"):
        handover.name_successor(
            leaving_id=found.pk,
            item_ids=[item.pk],
            to=stage.who("A003"),
            by=stage.who("S001"),
            now=stage.ago(days=2),
        )
    leaving.resign(
        last_day=timezone.localdate(stage.now + 9 * DAY), reason="考取研究生，开学在即", contract_clause="",
        by_agreement=True, by=stage.who("E003"), now=stage.ago(hours=4),
    )  # fmt: skip
