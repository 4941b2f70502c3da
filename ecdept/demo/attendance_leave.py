"""The demo's leave, cases and readers of the rulebook, in every state that they can have."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from attendance.limits import upload_limits
from attendance.models import Case, Leave
from attendance.selectors.stand_ins import candidates
from attendance.services import asking, balances, cases, late_slips, leave_ending, proofs, reading, stand_ins
from attendance.services.absence_watch import watch_absence
from attendance.services.asking import Asked, Told
from attendance.services.cases import Proposal
from attendance.services.settling import settle_marked
from ecdept.demo.attendance_days import picture
from ecdept.demo.stage import Stage
from office.approvals.models import Run, Vote
from office.files import api as files
from office.rulebook import api as rulebook
from office.rulebook.calendar import ZONE
from office.rulebook.models import Version
from office.staff.models import Employee

DAY = timedelta(days=1)
#: Who has not read the rulebook yet.
LAZY = ("A004", "E001", "W001")


def play(stage: Stage) -> None:
    """From the oldest to the newest."""
    _service(stage)
    balances.grant_due(now=stage.ago(days=59))
    balances.grant_due(now=stage.ago(minutes=45))
    balances.change_balance(
        employee_id=stage.who("A001").pk, kind="compensatory", amount=Decimal(12), reason="双十一值守加班",
        by=stage.who("H001"), now=stage.ago(days=12),
    )  # fmt: skip
    _over(stage)
    _now_and_coming(stage)
    _told(stage)
    _conduct(stage)
    _readers(stage)


def watch(stage: Stage) -> None:
    """After the days are settled: a slip that came after its time was agreed to, and its day is settled again; absence
    that the clause speaks of has become a case (S2e)."""
    _late_slips(stage)
    _late_call(stage)
    settle_marked(now=stage.now)
    watch_absence(now=stage.now)


def _late_slips(stage: Stage) -> None:
    """One agreed to, one that waits; a third lapsed leave has none."""
    for number, hours in (("A003", 30), ("D001", 6)):
        leave = Leave.objects.filter(employee=stage.who(number), state=Leave.State.LAPSED).first()
        if leave is None:
            continue
        at = stage.ago(hours=hours)
        limits = upload_limits(at)
        kept = files.keep_file(
            content=picture(), name="现场照片.png", by=leave.employee, now=at, limits=limits
        )
        run = late_slips.ask_late_slip(
            leave_id=leave.pk, reason="当天在处理家中急事，事后忘了补假条，附照片", files=[kept.pk], by=leave.employee,
            now=at,
        )  # fmt: skip
        if number == "A003":
            stage.until_agreed(run, at=stage.ago(hours=26), comment="情况属实，下不为例。")


def _late_call(stage: Stage) -> None:
    """A call that nobody wrote down in time, stated by the person; who was called has still to confirm it."""
    first = _working(stage, -6)
    if first > stage.now.astimezone(ZONE).date() - 4 * DAY:
        return  # a long holiday lies between
    asking.tell_leave(
        asked=Asked("personal", first, first), employee_id=stage.who("E003").pk,
        told=Told(_at(first, "08:10"), stage.who("M001").pk, "小区停电，电梯里被困，打过电话"), by=stage.who("E003"),
        now=stage.ago(hours=5),
    )  # fmt: skip


def _working(stage: Stage, days: int) -> date:
    """A working day so many days from today, or the next one."""
    table = rulebook.day_table()
    day = stage.now.astimezone(ZONE).date() + days * DAY
    while not table.works(day):
        day += DAY
    return day


def _at(day: date, clock: str) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), tzinfo=ZONE)


def _ask(
    stage: Stage, who: str, kind: str, first: int, *, last: int | None = None, reason: str, ahead: int = 3,
    portion: str = "days", hours: Sequence[str] = (),
) -> Leave:  # fmt: skip
    """Asked for `ahead` days before its first day, or half an hour ago when that lies in the future."""
    begin = _working(stage, first)
    end = begin if last is None else max(begin, _working(stage, last))
    begins, ends = (time.fromisoformat(each) for each in hours) if hours else (None, None)
    now = min(_at(begin - ahead * DAY, "09:40"), stage.ago(minutes=30))
    return asking.request_leave(
        asked=Asked(kind, begin, end, portion, begins, ends), reason=reason, by=stage.who(who), now=now
    )


def _run(leave: Leave) -> Run:
    return Run.objects.filter(subject_type="leave", subject_id=str(leave.pk)).latest("pk")


def _agreed(stage: Stage, leave: Leave, comment: str = "") -> Leave:
    at = min(leave.asked_at + timedelta(hours=2), stage.ago(minutes=20))
    stage.until_agreed(_run(leave), at=at, comment=comment)
    leave.refresh_from_db()
    return leave


def _name(stage: Stage, leave: Leave, deputy: str, by: Employee | None = None) -> None:
    stand_ins.choose_deputy(
        leave_id=leave.pk, deputy_id=stage.who(deputy).pk, by=by or leave.employee,
        now=leave.asked_at + timedelta(minutes=5),
    )  # fmt: skip


def _name_later(stage: Stage, leave: Leave) -> None:
    """Who agreed to it names another stand-in than it was agreed to with."""
    by, at = Vote.objects.filter(run=_run(leave)).latest("pk").person, stage.ago(minutes=14)
    known = {by.pk, leave.deputy_id}
    fit = [
        each
        for each in candidates(leave, at)
        if not (each.away or each.sensitive) and each.person.pk not in known
    ]
    if fit:
        stand_ins.name_stand_in(leave_id=leave.pk, deputy_id=fit[0].person.pk, by=by, now=at)


def _service(stage: Stage) -> None:
    """Everybody had worked elsewhere before, some for long."""
    for place, (number, person) in enumerate(sorted(stage.people.items())):
        if number != "H001" and person.is_active:
            balances.note_prior_service(
                employee_id=person.pk, months=24 + 11 * place, note="社保缴费记录", by=stage.who("H001"),
                now=stage.ago(days=60),
            )  # fmt: skip


def _over(stage: Stage) -> None:
    """Taken, back early, rejected, taken back, cancelled."""
    _agreed(stage, _ask(stage, "A002", "annual", -40, last=-38, reason="回老家探亲"))
    wedding = _ask(stage, "D001", "marriage", -30, last=-28, reason="领证、办婚礼", ahead=7)
    _agreed(stage, wedding, "恭喜！")
    _rule(stage, wedding, accepted=True, reason="已核对结婚证原件")
    tooth = _agreed(stage, _ask(stage, "U001", "sick", -18, reason="看牙医"))
    _rule(stage, tooth, accepted=False, reason="催了两次，未交诊断证明")
    _agreed(stage, _ask(stage, "E002", "sick", -11, reason="发烧"))  # its document is overdue
    early = _agreed(stage, _ask(stage, "W001", "personal", -20, last=-18, reason="装修监工"))
    back = _at(early.last_day, "08:30")
    if early.starts_at < back < early.ends_at:
        leave_ending.come_back(
            leave_id=early.pk, back_at=back, by=stage.who("W001"), now=back + timedelta(hours=1)
        )
    refused = _ask(stage, "A003", "personal", -14, last=-12, reason="外出旅游")
    stage.reject(
        _run(refused), at=refused.asked_at + timedelta(hours=3), reason="大促当周不安排事假，请改期。"
    )
    taken_back = _ask(stage, "B001", "annual", -9, reason="家中有事")
    leave_ending.take_back(
        leave_id=taken_back.pk, reason="事情已办完", by=stage.who("B001"), now=taken_back.asked_at + DAY
    )
    leave_ending.take_ended(now=stage.ago(minutes=10))


def _rule(stage: Stage, leave: Leave, *, accepted: bool, reason: str) -> None:
    """Its document never came, and human resources decided."""
    if leave.proof_due_at is not None and leave.proof_due_at < stage.now:
        proofs.rule_on_proof(
            leave_id=leave.pk, accepted=accepted, reason=reason, by=stage.who("H001"),
            now=leave.proof_due_at + timedelta(hours=10),
        )  # fmt: skip


def _now_and_coming(stage: Stage) -> None:
    """Somebody is away; requests wait; one will be away and represented, by another than first agreed; one was given
    up; one came back to be changed."""
    away = _ask(stage, "P001", "paternity", -4, last=6, reason="妻子生产", ahead=10)
    _agreed(stage, away, "恭喜，安心照顾家人。")
    coming = _ask(stage, "E001", "annual", 5, last=7, reason="年假出游", ahead=9)
    _name(stage, coming, "D001")
    _name_later(stage, _agreed(stage, coming, "郑可代岗，已知悉。"))
    given_up = _agreed(stage, _ask(stage, "U001", "annual", 12, last=13, reason="孩子开学"))
    leave_ending.cancel_leave(
        leave_id=given_up.pk, reason="改由家人接送", by=stage.who("U001"), now=stage.ago(minutes=15)
    )
    waiting = _ask(stage, "E002", "personal", 3, last=4, reason="办理房产过户")
    _name(stage, waiting, "N001")
    _ask(stage, "A001", "compensatory", 2, reason="接孩子", portion="hours", hours=("14:00", "18:30"))
    _ask(stage, "A004", "sick", 2, reason="复查膝盖", portion="first")
    back = _ask(stage, "P002", "personal", 4, last=6, reason="老家修房子", ahead=6)
    stage.give_back(_run(back), at=stage.ago(minutes=18), reason="下周三要上新，请错开周三，或改请两天。")


def _tell(stage: Stage, who: str, day: int, kind: str, what: str, to: str = "S001") -> Leave:
    first = _working(stage, day)
    told = min(_at(first, "08:05"), stage.ago(hours=1))
    first = told.astimezone(ZONE).date()
    return asking.tell_leave(
        asked=Asked(kind, first, first), employee_id=stage.who(who).pk,
        told=Told(told, stage.who(to).pk, what), by=stage.who(to), now=told + timedelta(minutes=20),
    )  # fmt: skip


def _told(stage: Stage) -> None:
    """Told by telephone: lapsed, agreed to, its slip being decided on, its slip still to come."""
    for who, days, kind, what, to in (
        ("A003", -24, "personal", "说家里水管爆了，赶不过来", "S001"),
        ("D001", -21, "personal", "车在高速上抛锚，等救援", "M001"),
        ("A004", -13, "sick", "头疼，在家休息", "S001"),
    ):
        lapsed = _tell(stage, who, days, kind, what, to)
        leave_ending.lapse(leave_id=lapsed.pk, now=lapsed.slip_due_at or stage.now)
    done = _tell(stage, "A002", -17, "sick", "急性肠胃炎，在医院输液")
    asking.file_slip(
        leave_id=done.pk,
        reason="急性肠胃炎，病历已交",
        by=stage.who("A002"),
        now=done.ends_at + timedelta(hours=9),
    )
    stage.until_agreed(_run(done), at=done.ends_at + timedelta(hours=11), comment="注意休息。")
    today = _working(stage, -1)
    if today == stage.now.astimezone(ZONE).date() - DAY:
        slip = _tell(stage, "B001", -1, "sick", "孩子高烧，要去医院", to="M001")
        asking.file_slip(
            leave_id=slip.pk,
            reason="陪护发烧的孩子，附门诊记录",
            by=stage.who("B001"),
            now=stage.ago(minutes=50),
        )
    if rulebook.day_table().works(stage.now.astimezone(ZONE).date()):
        _tell(stage, "W001", 0, "personal", "父亲突发疾病住院", to="M001")


def _conduct(stage: Stage) -> None:
    """One decided, one being decided on, one waiting for the person's answer, one closed."""
    decided = _case(stage, "A004", "S3", "上班时间多次接打私人电话，占用咨询线路约四十分钟。", days=35)
    _answer(stage, decided.pk, "A004", "家里老人住院，确有不当，以后会到休息区并先报备。", days=34)
    run = cases.propose(
        case_id=decided.pk, proposal=Proposal("warning", "事实清楚，本人认识到位，书面警告。"), by=stage.who("S001"),
        now=stage.ago(days=33),
    )  # fmt: skip
    stage.until_agreed(run, at=stage.ago(days=32.5), comment="同意。")
    closed = _case(stage, "A003", "S4a", "晚班时电脑上开着视频网站。", days=20)
    _answer(stage, closed.pk, "A003", "在核对商品视频，浏览记录可查。", days=19.5)
    cases.close_case(
        case_id=closed.pk, reason="核实为工作需要，不予处理。", by=stage.who("M001"), now=stage.ago(days=19)
    )
    proposed = _case(stage, "D001", "S4b", "两次拒绝按排期交付详情页，并在群内发难听的话。", days=9)
    _answer(stage, proposed.pk, "D001", "需求反复改了五次，情绪没控制住，愿意道歉。", days=8)
    cases.propose(
        case_id=proposed.pk, proposal=Proposal("fine", "影响活动上线，屡劝不改。", fine=Decimal(200)),
        by=stage.who("M001"), now=stage.ago(days=1),
    )  # fmt: skip
    _case(stage, "A001", "S4a", "周二下午在工位玩手机游戏约二十分钟。", days=0.2)


def _case(stage: Stage, who: str, clause: str, facts: str, *, days: float) -> Case:
    return cases.open_case(
        employee_id=stage.who(who).pk, clause=clause, facts=facts, by=stage.who("S001" if who[0] == "A" else "M001"),
        now=stage.ago(days=days),
    )  # fmt: skip


def _answer(stage: Stage, pk: int, who: str, text: str, *, days: float) -> None:
    cases.answer(case_id=pk, statement=text, by=stage.who(who), now=stage.ago(days=days))


def _readers(stage: Stage) -> None:
    version = Version.objects.filter(effective__contains=stage.now).first()
    if version is None:
        return
    for number, person in stage.people.items():
        if number not in LAZY and Employee.objects.filter(pk=person.pk, is_active=True).exists():
            reading.acknowledge(version_id=version.pk, by=person, now=stage.ago(hours=20))
