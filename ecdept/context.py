"""What every page's frame needs. Lazy: a fragment that draws no frame asks the database nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, cast

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from attendance.selectors import hotline
from backups.services import state as backup_state
from ecdept import second_factor
from ecdept.sessions import unread_of
from office.approvals.selectors.count import waiting_now
from office.notices import api as notices
from office.rulebook.guards import entered
from office.rulebook.validators import RulebookPasswordValidator
from office.staff import selectors as staff
from office.staff.models import Employee

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

THEMES = {"light", "dark"}


@dataclass(frozen=True, slots=True)
class Section:
    """One entry of the side: the URL's name, its words, the permission it needs ("" for everybody)."""

    name: str
    label: StrOrPromise
    icon: str
    permission: str = ""
    tab: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """A section as one person sees it."""

    label: StrOrPromise
    icon: str
    url: str
    current: bool
    count: int = 0
    tab: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Sections under one title. `number`: its place among all groups. The first is always open and cannot be folded."""

    number: int
    title: StrOrPromise
    items: tuple[Item, ...]
    open: bool = True


SECTIONS: tuple[tuple[StrOrPromise, tuple[Section, ...]], ...] = (
    (
        _("Work"),
        (
            Section("home", _("My day"), "sun", tab=True),
            Section("orders:desk", _("Order desk"), "queue-list", "orders.view", tab=True),
            Section("approvals:queue", _("To decide"), "check-badge", tab=True),
            Section("notices:inbox", _("Inbox"), "inbox", tab=True),
        ),
    ),
    (
        _("Orders and shops"),
        (
            Section("orders:imports", _("Import"), "arrow-up-tray", "orders.import"),
            Section("orders:shops", _("Shops"), "building-storefront", "orders.manage_shops"),
            Section("orders:figures", _("Figures"), "chart-bar", "orders.figures", tab=True),
            Section("orders:retention", _("Retention"), "archive-box", "orders.retention"),
        ),
    ),
    (
        _("Goods"),
        (
            Section("catalog:products", _("Products"), "cube", "catalog.view"),
            Section("catalog:promotions", _("Promotions"), "gift", "catalog.view"),
            Section("catalog:seasons", _("Seasons"), "sun", "catalog.view"),
            Section("catalog:planner", _("Planner’s records"), "book-open", "catalog.planner_view"),
            Section("catalog:sheets", _("Price tables"), "table-cells", "catalog.price_tables"),
            Section("catalog:stock", _("Stock"), "archive-box-arrow-down", "catalog.view_stock"),
            Section("catalog:live", _("Live check"), "eye", "catalog.live"),
            Section("catalog:market", _("Market"), "presentation-chart-line", "catalog.market_view"),
        ),
    ),
    (
        _("Site content"),
        (
            Section("cms:content", _("Content"), "document-text", "cms.view"),
            Section("cms:assets", _("Assets"), "photo", "cms.see_assets"),
            Section("cms:redesigns", _("Redesign and review"), "swatch", "cms.see_redesigns"),
            Section("cms:rounds", _("Rounds"), "clipboard-document-check", "cms.site_check"),
            Section("cms:freshness", _("Freshness of columns"), "clock", "cms.freshness"),
            Section("cms:takedowns", _("Takedowns"), "eye-slash", "cms.cases"),
            Section("cms:board", _("Message board"), "chat-bubble-left-right", "cms.board"),
            Section("cms:watch", _("Watched sites"), "signal", "cms.watch"),
        ),
    ),
    (
        _("Attendance"),
        (
            Section("attendance:roster", _("Roster"), "calendar-days"),
            Section("attendance:mine", _("My shifts"), "calendar"),
            Section("attendance:swaps", _("Swaps"), "arrows-right-left"),
            Section("attendance:rotas", _("Duty rotas"), "user-group", "attendance.plan_roster"),
            Section("attendance:waivers", _("Giving up rest"), "no-symbol", "attendance.view_roster"),
            Section("attendance:hotline", _("Hotline"), "phone"),
            Section("attendance:my_month", _("My attendance"), "calendar-days"),
            Section("attendance:team_month", _("Team attendance"), "user-group", "attendance.view_team"),
            Section("attendance:imports", _("Punches"), "clock", "attendance.import_punches"),
            Section("attendance:months", _("Month close"), "calendar", "attendance.close_month"),
            Section("attendance:my_career", _("My post and reviews"), "identification"),
            Section("attendance:candidates", _("Hiring"), "user-plus", "hiring.candidates"),
            Section("attendance:reviews", _("Reviews"), "chart-bar-square", "hiring.review"),
            Section("attendance:leaves", _("My leave"), "calendar-days"),
            Section("attendance:team_leaves", _("Leave of the team"), "user-group", "attendance.see_leave"),
            Section("attendance:cases", _("Cases"), "scale"),
            Section("attendance:read_rules", _("Read the rules"), "document-check"),
            Section(
                "attendance:leavings",
                _("On the way out"),
                "arrow-right-start-on-rectangle",
                "attendance.leavings",
            ),
        ),
    ),
    (
        _("Suppliers and contracts"),
        (
            Section("contracts:suppliers", _("Suppliers"), "building-office-2", "contracts.view"),
            Section("contracts:contracts", _("Contracts"), "document-duplicate", "contracts.view"),
            Section(
                "contracts:demand_plans", _("Demand plans"), "clipboard-document-list", "contracts.order"
            ),
            Section("contracts:samples", _("Samples"), "camera", "contracts.view"),
            Section("contracts:orders", _("Purchase orders"), "document-text", "contracts.view"),
            Section(
                "contracts:inspections", _("Inspections"), "clipboard-document-check", "contracts.inspect"
            ),
            Section("contracts:arrivals", _("Goods arriving"), "truck", "contracts.receive"),
            Section(
                "contracts:complaints",
                _("Complaint forms"),
                "chat-bubble-left-ellipsis",
                "contracts.complaints",
            ),
            Section("contracts:money", _("Money of suppliers"), "banknotes", "contracts.money"),
            Section("contracts:scores", _("Scores of suppliers"), "chart-bar", "contracts.view"),
        ),
    ),
    (
        _("Official accounts"),
        (
            Section("accounts:accounts", _("Accounts"), "key", "accounts.custodians"),
            Section("accounts:vault", _("My vault"), "lock-closed", "accounts.custodians"),
        ),
    ),
    (
        _("Department"),
        (
            Section("rulebook:list", _("Rulebook"), "book-open", "rulebook.view"),
            Section("staff:people", _("People"), "users", "staff.view"),
            Section("contracts:plans", _("Work plans"), "calendar-days", "work.plans"),
            Section("accounts:access", _("Access"), "key"),
            Section("accounts:changes", _("Database and machine room"), "circle-stack"),
            Section("audit:trail", _("Trail"), "shield-check", "audit.view"),
            Section("deadlines:overview", _("Deadlines"), "clock", "audit.view"),
            Section("backups:list", _("Backups"), "archive-box", "backups.view"),
            Section("notices:channels", _("Channels"), "megaphone", "notices.channels"),
            Section("admin:index", _("Administration"), "wrench-screwdriver", "admin.enter"),
        ),
    ),
)


#: A person's own pages belong to no section.
OWN_PAGES = ("/staff/me/", "/auth/")
#: Pages whose address does not begin with their section's; the first that fits counts.
ELSEWHERE = (
    ("/contracts/disputes/", "contracts:complaints"),
    ("/contracts/door/", "contracts:suppliers"),
    ("/attendance/sources/", "attendance:imports"),
    ("/attendance/wages/", "attendance:months"),
    ("/orders/new/", "orders:imports"),
    ("/orders/", "orders:desk"),
    ("/inbox/outbox/", "notices:channels"),
    ("/site/incidents/", "cms:watch"),
    ("/site/partner/", "cms:watch"),
    ("/site/reviews/", "cms:redesigns"),
    ("/attendance/vacancies/", "attendance:candidates"),
    ("/attendance/headcount/", "attendance:candidates"),
    ("/attendance/papers/", "attendance:candidates"),
    ("/attendance/probations/", "attendance:candidates"),
    ("/attendance/people/", "attendance:team_month"),
    ("/attendance/kpis/", "attendance:reviews"),
    ("/attendance/resign/", "attendance:my_career"),
    ("/contracts/contacts/", "contracts:suppliers"),
    ("/contracts/certificates/", "contracts:suppliers"),
    ("/contracts/versions/", "contracts:contracts"),
    ("/contracts/clauses/", "contracts:contracts"),
    ("/accounts/room/", "accounts:changes"),
    ("/contracts/payables/", "contracts:money"),
    ("/contracts/payments/", "contracts:money"),
    ("/contracts/claims/", "contracts:money"),
    ("/contracts/breaches/", "contracts:money"),
    ("/contracts/reviews/", "contracts:scores"),
    ("/accounts/security/", "accounts:changes"),
    ("/accounts/procedures/", "accounts:changes"),
)
#: A page whose address says something else.
BY_VIEW = {"attendance:change_post": "attendance:candidates"}


def _all_sections() -> Iterator[Section]:
    return (section for _title, sections in SECTIONS for section in sections)


@cache  # the names are the few of this file; a limit below their number would drop each before it is asked for again
def _reverse(name: str) -> str:
    """The address, or "" for a section that this installation does not have."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


@cache
def _addresses() -> tuple[tuple[str, str], ...]:
    """(address, section) of every section that this installation has, the longest address first."""
    found = [(url, section.name) for section in _all_sections() if (url := _reverse(section.name))]
    return tuple(sorted(found, key=lambda pair: (len(pair[0]), pair[1]), reverse=True))


@dataclass(frozen=True, slots=True)
class Side:
    """All that the navigation depends on: what the person may enter, where he is, what waits unread, what waits for
    his agreement, and which groups he folded away."""

    permissions: frozenset[str] | None
    here: str
    unread: int
    waiting: int = 0
    folded: frozenset[int] = frozenset()

    @property
    def groups(self) -> list[Group]:
        """The sections that may be entered; none for nobody."""
        groups = []
        for number, (title, sections) in enumerate(SECTIONS if self.permissions is not None else ()):
            items = tuple(item for section in sections if (item := self._item(section)))
            if items:
                is_open = number not in self.folded or any(item.current for item in items)
                groups.append(Group(number, title, items, is_open))
        return groups

    @property
    def tabs(self) -> Iterable[Item]:
        return [item for group in self.groups for item in group.items if item.tab][:4]

    def _item(self, section: Section) -> Item | None:
        url = _reverse(section.name)
        if not url or (section.permission and section.permission not in (self.permissions or ())):
            return None
        count = {"notices:inbox": self.unread, "approvals:queue": self.waiting}.get(section.name, 0)
        return Item(section.label, section.icon, url, section.name == self.here, count, section.tab)


class Shell:
    """The frame of one request. Every property is asked for at most once."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @cached_property
    def me(self) -> Employee | None:
        user = getattr(self.request, "user", None)
        return cast(Employee, user) if user is not None and user.is_authenticated else None

    @cached_property
    def unix_time(self) -> str:
        return f"{timezone.now().timestamp():.3f}"

    @cached_property
    def theme(self) -> str:
        chosen = self.request.COOKIES.get("theme", "")
        return chosen if chosen in THEMES else ""

    @property
    def other_language(self) -> dict[str, str]:
        chinese = (get_language() or "").startswith("zh")
        return {"code": "en", "label": "English"} if chinese else {"code": "zh-hans", "label": "中文"}

    @cached_property
    def permissions(self) -> frozenset[str]:
        return entered(self.request).permissions if self.me else frozenset()

    @cached_property
    def side(self) -> Side:
        return Side(
            self.permissions if self.me else None, self._here, self.unread, self.waiting, self._folded
        )

    @cached_property
    def _folded(self) -> frozenset[int]:
        """The groups of the side that this browser keeps folded: the cookie is their numbers, dots between."""
        said = set(self.request.COOKIES.get("folded", "")[:100].split("."))
        return frozenset(number for number in range(1, len(SECTIONS)) if str(number) in said)

    @cached_property
    def _here(self) -> str:
        """The section of this page: the one whose address is the longest beginning of the page's."""
        path, page = self.request.path, self.request.resolver_match
        if page and page.view_name in BY_VIEW:
            return BY_VIEW[page.view_name]
        for beginning, name in ELSEWHERE:
            if path.startswith(beginning):
                return name
        if path.startswith(OWN_PAGES):
            return ""
        return next(
            (name for url, name in _addresses() if (path == url if url == "/" else path.startswith(url))), ""
        )

    @cached_property
    def unread(self) -> int:
        if self.me is None:
            return 0
        known = unread_of(self.request, self.me)
        return notices.unread_count(self.me.pk) if known is None else known

    @cached_property
    def waiting(self) -> int:
        if self.me is None:
            return 0
        known: int | None = getattr(self.request, "approvals_waiting", None)  # the queue has counted itself
        return waiting_now(self.me.pk, timezone.now()) if known is None else known

    @property
    def search_url(self) -> str:
        return _reverse("orders:search") if "orders.view" in self.permissions else ""

    @cached_property
    def _present(self) -> tuple[staff.OnDuty, ...]:
        return tuple(staff.present_now(timezone.now())) if self.me else ()

    @property
    def on_duty_people(self) -> tuple[staff.OnDuty, ...]:
        return tuple(row for row in self._present if row.available)

    @property
    def off_roster(self) -> int:
        """How many have their switch on outside their shift, or in their leave: present, and not counted as there."""
        return sum(not row.available for row in self._present)

    @cached_property
    def on_duty(self) -> bool:
        """The person's own switch, whatever the roster says of the hour."""
        return self.me is not None and any(row.employee_id == self.me.pk for row in self._present)

    @cached_property
    def backup_alarm(self) -> str:
        """The red line of whoever sees the backups; asks the cache only."""
        return backup_state.alarm(now=timezone.now()) if "backups.view" in self.permissions else ""

    @cached_property
    def hotline(self) -> str | None:
        """Who has the hotline, "" for nobody, None when calls come to the desk."""
        book = entered(self.request).book if self.me else None
        return hotline.name_now(book, timezone.now()) if book else None

    @property
    def initial(self) -> str:
        return self.me.name[:1] if self.me else ""

    @cached_property
    def my_posts(self) -> str:
        return staff.posts_line(entered(self.request).posts) if self.me else ""

    @property
    def password_rule(self) -> str:
        return RulebookPasswordValidator().get_help_text()

    @property
    def factor_owed(self) -> bool:
        return (
            self.me is not None
            and second_factor.required(self.me, timezone.now())
            and not second_factor.has_one(self.me)
        )

    @cached_property
    def book_title(self) -> str:
        book = entered(self.request).book if self.me else None
        return str(book.title) if book else ""


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `shell` in every template."""
    return {"shell": Shell(request)}
