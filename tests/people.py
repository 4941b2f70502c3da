"""The named cast. Every test that needs people takes them from here.

李雷 and 韩梅梅 are service agents, 王主管 supervises them, 陈经理 runs the department, 赵运营 is product operations,
孙工 is the system administrator, 周总 the general manager, 吴文员 a back-office clerk, 郑设计 a designer who has no
business at the order desk. Every other post of the rulebook has one holder too.
"""

from __future__ import annotations

import datetime as dt
import time

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.http import HttpRequest
from django.test import Client

from ecdept.middleware import SignInPolicyMiddleware
from ecdept.sessions import BACKEND, SessionStore
from office.audit import services as audit
from office.rulebook import sudo
from office.staff.models import Appointment, Employee
from office.subjects import Subject

#: Before every test's clock.
LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)

CAST: dict[str, tuple[str, str, str]] = {
    "li_lei": ("A001", "李雷", "service_agent"),
    "han_meimei": ("A002", "韩梅梅", "service_agent"),
    "wu_clerk": ("A003", "吴文员", "back_office"),
    "wang_supervisor": ("S001", "王主管", "service_supervisor"),
    "chen_manager": ("M001", "陈经理", "department_manager"),
    "zhao_operations": ("P001", "赵运营", "product_operations"),
    "sun_admin": ("I001", "孙工", "system_administrator"),
    "qian_it": ("I002", "钱经理", "it_manager"),
    "zhou_general": ("G001", "周总", "general_manager"),
    "zheng_designer": ("D001", "郑设计", "designer"),
    "ma_product": ("P002", "马产品", "product_manager"),
    "he_planner": ("P003", "何策划", "planner"),
    "lin_editor": ("W001", "林编辑", "site_editor"),
    "tang_writer": ("W002", "唐文案", "copywriter"),
    "hu_culture": ("W003", "胡文化", "culture_officer"),
    "gao_section": ("W004", "高栏目", "section_officer"),
    "wei_webmaster": ("I003", "魏站长", "webmaster"),
    "xu_warehouse": ("K001", "徐仓管", "warehouse"),
    "luo_buyer": ("K002", "罗采购", "buyer"),
    "song_inspector": ("K003", "宋质检", "quality_inspector"),
    "pan_photo": ("D002", "潘摄影", "photographer"),
    "cai_support": ("I004", "蔡技术", "tech_support"),
    "du_hr": ("H001", "杜人事", "hr"),
    "jiang_head": ("S002", "江主任", "supervisor"),
    "shen_operations": ("G002", "沈总监", "operations_manager"),
    "deng_marketing": ("G003", "邓总监", "marketing_director"),
    "fang_vice": ("G004", "方副总", "vice_president"),
}


def person(who: str) -> Employee:
    """The member of the cast, made on first call in a test."""
    number, name, position = CAST[who]
    employee = Employee.objects.filter(number=number).first()
    if employee is None:
        employee = Employee.objects.create(number=number, name=name, name_key=name, joined_at=LONG_AGO)
        Appointment.objects.create(employee=employee, position=position, during=(LONG_AGO, None))
    return employee


def everybody(*cast: str) -> None:
    """Those of the cast are there, the whole of it if none is named; the missing ones are made in one go."""
    wanted = {CAST[who][0]: CAST[who] for who in cast or CAST}
    for number in Employee.objects.filter(number__in=wanted).values_list("number", flat=True):
        del wanted[number]
    made = Employee.objects.bulk_create(
        Employee(number=number, name=name, name_key=name, joined_at=LONG_AGO)
        for number, name, _position in wanted.values()
    )
    Appointment.objects.bulk_create(
        Appointment(employee=employee, position=wanted[employee.number][2], during=(LONG_AGO, None))
        for employee in made
    )


def signed_in(who: str) -> Client:
    """A browser of that person whose sign-in rules are settled: what they demand has its own tests."""
    client = Client()
    sign_in(client, person(who))
    return client


def sign_in(client: Client, employee: Employee) -> None:
    """The client's session as signing in leaves it, a moment later: confirmed, its rules looked at, its use noted and
    its owner in the list of devices. The form, the counting of attempts and the trail of it have tests of their own.
    """
    request = HttpRequest()
    request.session = session = SessionStore()
    session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(employee.pk), BACKEND
    session[HASH_SESSION_KEY] = employee.get_session_auth_hash()
    session[SignInPolicyMiddleware.KEY] = session[SignInPolicyMiddleware.ACTIVE] = time.time()
    sudo.confirm(request)
    session.create()
    key = str(session.session_key)
    client.cookies[settings.SESSION_COOKIE_NAME] = key
    UserSession.objects.create(user=employee, session_key=key, ip="127.0.0.1", user_agent="", data={})


def something_happens(now: dt.datetime) -> None:
    """An act in the trail: from then on the past is judged."""
    clerk = person("wu_clerk")
    audit.record("staff.update", subject=Subject("employee", str(clerk.pk), clerk.name), by=clerk, now=now)
