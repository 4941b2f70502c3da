"""The demo's punches and months: two months of a time clock with the faults of real ones, settled, the first month
closed, the second with something to decide."""

from __future__ import annotations

import io
import random
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import cycle

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image, ImageDraw

from attendance.models import MonthClose, SettledDay, Shift, WageLine
from attendance.rules.months import month_of, previous_month
from attendance.services import batches, corrections, sources, wages
from attendance.services.corrections import Missing
from attendance.services.marking import mark_days
from attendance.services.months import close_month
from attendance.services.settling import settle_marked
from ecdept.demo.real_clock import Day, laid_on, people_of_the_clock
from ecdept.demo.stage import Stage
from office.approvals.models import Run
from office.errors import Refused
from office.rulebook import api as rulebook
from office.rulebook.types import HoursRule
from office.staff.models import Employee

HR = "H001"
#: Who works which shift, where no roster says otherwise: the others keep office hours.
SERVICE = {"A001": "cs_early", "A002": "cs_late", "A003": "cs_early", "A004": "cs_late", "B001": "cs_early"}
#: Who never punches: they lead, or have left.
WITHOUT = ("G001", "V001", "T001", "Z001")
WAGE = Decimal("5200")
#: Shifts, counted from the first, to which surely nobody came, or whose coming or leaving surely has no punch.
ABSENT, FORGOTTEN = range(40, 43), range(100, 108)


def play(stage: Stage) -> None:
    today = timezone.localdate(stage.now)
    first = previous_month(previous_month(month_of(today)))
    people = [person for number, person in sorted(stage.people.items()) if number not in WITHOUT]
    if not Shift.objects.exists():
        plain_roster(people, first, today, stage.now)
    clock(stage, people, first)
    settle_marked(now=stage.now)
    asked(stage)
    decided(stage, first)
    corrected(stage, first)
    settle_marked(now=stage.now)


def plain_roster(people: Iterable[Employee], first: date, today: date, now: datetime) -> None:
    """The hours of the book, day by day, for an installation whose roster nobody has planned."""
    days = rulebook.day_table()
    book = rulebook.book(now)
    made = []
    for place, person in enumerate(people):
        code = SERVICE.get(person.number, "office")
        rule = rulebook.rule_in(book, f"attendance.shift.{code}", HoursRule)
        day = first
        while day <= today:
            spans = rulebook.intervals(rule, days, day)
            resting = code != "office" and day.weekday() == 5 + place % 2
            if spans and not resting:
                made.append(
                    Shift(
                        employee=person, day=day, sort=Shift.Sort.WORK, code=code, starts_at=spans[0][0],
                        ends_at=spans[-1][1], spans=list(spans), meal=rule.meal or timedelta(),
                        origin=Shift.Origin.PATTERN, version_id=book.version_id or 0, made_at=now, published_at=now,
                    )
                )  # fmt: skip
            day += timedelta(days=1)
    Shift.objects.bulk_create(made)
    mark_days(days=[(shift.employee_id, shift.day) for shift in made], now=now)


def clock(stage: Stage, people: list[Employee], first: date) -> None:
    """The time clock's file of two months; a strange number, a broken line; a file whose columns nobody knows."""
    hr = stage.who(HR)
    door = sources.add_source(
        code="front-door",
        name="前台考勤机",
        format="attlog",
        own_numbers=False,
        by=hr,
        now=stage.ago(days=70),
    )
    other = sources.add_source(
        code="dingtalk", name="钉钉", format="dingtalk", own_numbers=True, by=hr, now=stage.ago(days=70)
    )
    numbers = {person.pk: str(number) for number, person in enumerate(people, 11)}
    for person in people:
        sources.name_number(
            source_id=door.pk, number=numbers[person.pk], employee_id=person.pk, by=hr, now=stage.ago(days=69)
        )
    shifts = (
        Shift.objects.filter(
            employee__in=people,
            day__gte=first,
            removed_at=None,
            published_at__isnull=False,
            starts_at__lt=stage.now,
        )
        .select_related("employee")
        .order_by("day", "starts_at", "pk")
    )
    lines = [
        f"{numbers[employee]:>9}\t{timezone.localtime(at):%Y-%m-%d %H:%M:%S}\t1\t{state}\t0\t0"
        for employee, at, state in sorted(punches(shifts, stage.now), key=lambda each: each[1])
        if at < stage.now - timedelta(minutes=5)
    ]
    lines[len(lines) // 2 : len(lines) // 2] = [
        "       99\t2026-0",
        f"       97\t{timezone.localtime(stage.ago(days=20)):%Y-%m-%d %H:%M:%S}\t1\t0\t0\t0",
    ]
    for name, source, content in (
        ("attlog.dat", door, "\n".join(lines) + "\n"),
        ("外勤打卡.csv", other, "谁,何时\nA002,2026-11-02 13:20\n"),
    ):
        upload = SimpleUploadedFile(name, content.encode())
        batch = batches.start_batch(source_id=source.pk, filename=name, upload=upload, by=hr, now=stage.now)
        batches.run_batch(batch_id=batch.pk, now=stage.now)


def punches(shifts: Iterable[Shift], now: datetime) -> Iterator[tuple[int, datetime, int]]:
    """(person, instant, state) at these shifts: as the people of a real clock came and went, where its file lies beside
    the checkout; made up otherwise. HR, who decides about the others, is always made up."""
    real = people_of_the_clock(now)
    if not real:
        yield from faulty(shifts)
        return
    made_up: list[Shift] = []
    days: dict[int, Iterator[Day]] = {}
    for number, shift in enumerate(shifts):
        if shift.employee.number == HR:
            made_up.append(shift)
            continue
        if shift.employee_id not in days:
            days[shift.employee_id] = cycle(real[len(days) % len(real)])
        day = next(days[shift.employee_id])
        if number in ABSENT:
            continue
        for place, (at, key) in enumerate(laid_on(day, shift.starts_at, shift.ends_at)):
            if number not in FORGOTTEN or not place:
                yield shift.employee_id, at, key
    yield from faulty(made_up)


def faulty(shifts: Iterable[Shift], seed: int = 20260224) -> Iterator[tuple[int, datetime, int]]:
    """(person, instant, state) as a clock records them: punctual mostly; doubles, wrong keys, missing partners, late,
    early, leaving after midnight, days nobody came. The same shifts give the same punches."""
    chance = random.Random(seed)  # noqa: S311 - a demo, not a secret
    for number, shift in enumerate(shifts):
        fate = chance.random()
        came = shift.starts_at - timedelta(minutes=chance.randint(1, 18), seconds=chance.randint(0, 59))
        left = shift.ends_at + timedelta(minutes=chance.randint(1, 40), seconds=chance.randint(0, 59))
        if (fate < 0.012 or number in ABSENT) and shift.employee.number != HR:
            continue  # nobody came
        if fate < 0.05:
            came = shift.starts_at + timedelta(minutes=chance.randint(6, 45))
        elif fate < 0.06:
            left = shift.ends_at - timedelta(minutes=chance.randint(10, 55))
        elif fate < 0.067 and shift.employee.number != HR:
            came = shift.starts_at + timedelta(hours=4)
        for state, at in ((0, came), (1, left)):
            if (0.067 <= fate < 0.085 or number in FORGOTTEN) and state == number % 2:
                continue  # the partner is missing
            pressed = 1 - state if chance.random() < 0.12 else state
            yield shift.employee_id, at, pressed
            if chance.random() < 0.07:
                yield shift.employee_id, at + timedelta(seconds=chance.randint(3, 12)), pressed


def asked(stage: Stage) -> None:
    """Missing punches, of a person each: agreed to, rejected, returned, taken back, and two that wait."""
    begun = stage.ago(hours=30)
    flagged = (
        SettledDay.objects.filter(
            flags__overlap=["missing_in", "missing_out"],
            day__lt=timezone.localdate(begun) - timedelta(days=1),
            employee__is_active=True,
        )
        .exclude(employee=stage.who(HR))
        .select_related("employee")
        .order_by("employee_id", "-day", "-turn")
        .distinct("employee_id")
    )
    verdicts = iter(("agree", "reject", "give back", "take back", "", ""))
    for day in flagged:
        shift = Shift.objects.filter(employee=day.employee, day=day.day, removed_at=None).first()
        if shift is None:
            continue
        missing = (
            Missing(shift.starts_at, "in") if "missing_in" in day.flags else Missing(shift.ends_at, "out")
        )
        verdict = next(verdicts, None)
        if verdict is None:
            return
        run = _ask(day, [missing], "门禁机没有反应，附门口监控截图", begun)
        if verdict == "agree":
            stage.until_agreed(run, at=stage.ago(hours=26))
        elif verdict == "reject":
            stage.reject(run, at=stage.ago(hours=25), reason="截图不是当天的，请补充证明。")
        elif verdict == "give back":
            stage.give_back(run, at=stage.ago(hours=24), reason="时间和监控对不上，请核对后再提交。")
        elif verdict == "take back":
            stage.take_back(run, at=stage.ago(hours=23), reason="找到打卡记录了")


def corrected(stage: Stage, first: date) -> None:
    """A day of the closed month turns out to have been worked: what became known later stands as a correcting entry in
    the open month."""
    if not MonthClose.objects.filter(month=first).exists():
        return
    line = (
        WageLine.objects.filter(
            month=first, state=WageLine.State.CONFIRMED, employee__is_active=True, share=1
        )
        .select_related("employee")
        .order_by("day", "pk")
        .first()
    )
    if line is None:
        return
    shift = Shift.objects.filter(employee=line.employee, day=line.day, removed_at=None).order_by("pk").first()
    day = SettledDay.objects.filter(employee=line.employee, day=line.day).order_by("-turn").first()
    if shift is not None and day is not None:
        whole = [Missing(shift.starts_at, "in"), Missing(shift.ends_at, "out")]
        run = _ask(day, whole, "当天在总部参加培训，附签到表照片", stage.ago(hours=20))
        stage.until_agreed(run, at=stage.ago(hours=18), comment="签到表已核对。")


def _ask(day: SettledDay, missing: list[Missing], reason: str, at: datetime) -> Run:
    return corrections.ask_correction(
        day=day.day,
        missing=missing,
        reason=reason,
        proof=picture(),
        proof_name="照片.png",
        by=day.employee,
        now=at,
    )


def decided(stage: Stage, first: date) -> None:
    """Wages of most people; the first month decided and closed, the second half decided."""
    hr = stage.who(HR)
    for number, person in sorted(stage.people.items()):
        if number not in (HR, "E003", *WITHOUT):
            amount = WAGE + 150 * (person.pk % 17)
            wages.set_wage(
                employee_id=person.pk, amount=amount, starts_on=first, by=hr, now=stage.ago(days=40)
            )
    at = stage.ago(days=1, hours=2)
    lines = list(
        WageLine.objects.filter(state="proposed").exclude(employee=hr).order_by("month", "day", "pk")
    )
    for place, line in enumerate(lines):
        if line.month != first and place % 3:
            continue
        try:
            wages.confirm_line(line_id=line.pk, turn=line.turn, by=hr, now=at)
        except Refused:
            wages.waive_line(line_id=line.pk, reason="当天暴雨停运，部门同意不扣", by=hr, now=at)
    try:
        close_month(month=first, by=hr, now=at)
    except Refused:
        return  # HR's own line waits for somebody else of HR: as it would in life


def picture() -> bytes:
    """What a camera at the door shows."""
    held = io.BytesIO()
    picture = Image.new("RGB", (480, 270), "#30343c")
    ImageDraw.Draw(picture).rectangle((190, 40, 290, 250), outline="#c8ccd4", width=4)
    picture.save(held, "PNG")
    return held.getvalue()
