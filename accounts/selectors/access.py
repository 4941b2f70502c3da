"""Who may do what, and why: by which post and clause, by which grant and run."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import F, Q, QuerySet
from django.urls import Resolver404, resolve, reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Grant
from accounts.rules import words
from accounts.rules.names import name_of, section_name
from office.approvals.selectors.people import posts_at
from office.errors import NotFound
from office.rulebook import api as rulebook
from office.rulebook.selectors import granted_in, permissions_in
from office.staff import api as staff
from office.staff.models import Employee, Position

SEE, LEADER = "accounts.see_access", "leader"
#: What the administration asks for; its doors are Django's.
TABLES = "admin.enter"
PAGE = 50


def in_force(at: datetime) -> QuerySet[Grant]:
    """Grants that give something at the instant."""
    return Grant.objects.filter(starts_at__lte=at, at__lte=at, ends_at__gt=at).exclude(end__at__lte=at)


def not_over(at: datetime) -> QuerySet[Grant]:
    """Grants in force and those that have not begun."""
    return Grant.objects.filter(ends_at__gt=at).exclude(end__at__lte=at)


def held_by(person: Employee, at: datetime) -> list[tuple[str, str, str]]:
    """(key, label, address) of the grants that a leaving person has: they end with him."""
    book = rulebook.book(at)
    return [
        (
            str(each.pk),
            _("{what}, until {day}; ends with the last day").format(
                what=name_of(each.word, book), day=f"{each.last_day:%Y-%m-%d}"
            ),
            reverse("accounts:grant", args=[each.pk]),
        )
        for each in not_over(at).filter(employee=person).order_by("pk")
    ]


def posts_above(posts: Collection[str], at: datetime) -> set[str]:
    """Every post that stands above one of these, and the leader's, unless one of these stands above the leader."""
    superiors = rulebook.book(at).superiors
    found = {above for post in posts for above in climbed(post, superiors)}
    leaders = set(rulebook.resolve_word(LEADER, at))
    over_them = {above for post in leaders for above in climbed(post, superiors)}
    return found if over_them & set(posts) else found | (leaders - set(posts))


def climbed(post: str, superiors: Mapping[str, str | None]) -> Iterator[str]:
    """The posts above, one by one up to the top."""
    met, above = {post}, superiors.get(post)
    while above is not None and above not in met:
        yield above
        met.add(above)
        above = superiors.get(above)


def leads(leader: Employee, person: Employee, at: datetime) -> bool:
    """Whether `leader` holds a post above one of the person's."""
    above = posts_above(staff.positions_of(person, at), at)
    return leader.pk != person.pk and bool(above & staff.positions_of(leader, at))


def may_ask_for(by: Employee, person: Employee, at: datetime) -> bool:
    """The person himself or somebody above him."""
    return by.pk == person.pk or leads(by, person, at)


def may_see(viewer: Employee, person: Employee, at: datetime) -> bool:
    """One's own access, that of those one leads, or everybody's by the rule."""
    return may_ask_for(viewer, person, at) or rulebook.holds(viewer, SEE, at)


def access_person(viewer: Employee, pk: int, at: datetime) -> Employee:
    """Raises NotFound."""
    found = Employee.objects.filter(pk=pk).first()
    if found is None or not may_see(viewer, found, at):
        raise NotFound(_("There is no such person."))
    return found


def access_grant(viewer: Employee, pk: int, at: datetime) -> Grant:
    """Raises NotFound."""
    grants = Grant.objects.select_related("employee", "run", "by", "end", "end__by")
    found: Grant | None = grants.filter(pk=pk).first()
    if found is None or not may_see(viewer, found.employee, at):
        raise NotFound(_("There is no such grant."))
    return found


@dataclass(frozen=True, slots=True)
class Why:
    """One thing that somebody may do. `posts`: of his, those that give it; `grants`: those in force that do."""

    key: str
    name: str
    clause: str
    posts: list[str] = field(default_factory=list)
    grants: list[Grant] = field(default_factory=list)
    everybody: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    name: str
    rows: list[Why]


@dataclass(frozen=True, slots=True)
class PersonAccess:
    """All that one person may do at an instant. `dormant`: grants that give nothing in the book in force."""

    level: str
    posts: list[str]
    sections: list[Section]
    grants: list[Grant]
    dormant: list[Grant]


def access_of(person: Employee, at: datetime) -> PersonAccess:
    """Everything that the person may do, section by section, each with what gives it."""
    book = rulebook.book(at)
    posts, also = staff.held_by(person, at)
    permissions = permissions_in(book, posts, also) if person.is_active else frozenset()
    grants = list(not_over(at).filter(employee=person).select_related("run").order_by("ends_at", "pk"))
    live = [each for each in grants if each.begins_at <= at]
    by_section: dict[str, list[Why]] = {}
    for key, rule in book.rules.items():
        if key not in permissions or not isinstance(rule, rulebook.PermissionRule):
            continue
        why = Why(
            key,
            name_of(key, book),
            rule.clause,
            [staff.position_label(code) for code in Position.values if code in posts & rule.positions],
            [each for each in live if key in granted_in(book, frozenset({each.word}))],
            rule.everybody,
        )
        by_section.setdefault(words.section_of(key), []).append(why)
    return PersonAccess(
        level=words.level_of(book, permissions, also),
        posts=[staff.position_label(code) for code in Position.values if code in posts],
        sections=[Section(section_name(code), rows) for code, rows in by_section.items()],
        grants=grants,
        dormant=[each for each in live if not granted_in(book, frozenset({each.word}))],
    )


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who may do a thing, and why."""

    person: Employee
    posts: list[str]
    grants: list[Grant]


@dataclass(frozen=True, slots=True)
class KeyAccess:
    key: str
    name: str
    clause: str
    posts: list[str]
    everybody: bool
    holders: list[Holder]


def holders_of(key: str, at: datetime) -> KeyAccess:
    """Everybody who may do this thing at the instant. Raises NotFound for what is no permission of the book."""
    book = rulebook.book(at)
    rule = book.rules.get(key)
    if not isinstance(rule, rulebook.PermissionRule):
        raise NotFound(_("The rulebook in force has no such permission."))
    giving = [word for word in words.grantable(book) if key in granted_in(book, frozenset({word}))]
    grants = list(
        in_force(at).filter(word__in=giving, employee__is_active=True).select_related("employee", "run")
    )
    by_post = {
        code: posts_at(book.superiors, at).holders.get(code, frozenset()) for code in sorted(rule.positions)
    }
    ids = {pk for people in by_post.values() for pk in people} | {each.employee_id for each in grants}
    people = Employee.objects.filter(pk__in=ids).order_by("name_key", "number")
    return KeyAccess(
        key=key,
        name=name_of(key, book),
        clause=rule.clause,
        posts=[staff.position_label(code) for code in Position.values if code in rule.positions],
        everybody=rule.everybody,
        holders=[
            Holder(
                person,
                [staff.position_label(code) for code, held in by_post.items() if person.pk in held],
                [each for each in grants if each.employee_id == person.pk],
            )
            for person in people
        ],
    )


def key_of_page(path: str) -> str | None:
    """The permission that the door of the page with this path asks for: "" for a page that every signed-in person
    opens, None for a path that leads nowhere."""
    try:
        found = resolve(path.partition("?")[0].partition("#")[0])
    except Resolver404:
        return None
    if found.app_names[:1] == ["admin"]:
        return TABLES
    return str(getattr(found.func, "permission", ""))


def keys(at: datetime, text: str = "") -> list[Section]:
    """Every permission of the book in force by section, as (Why) lines without people; those that match `text`."""
    book = rulebook.book(at)
    wanted = text.strip().casefold()
    found: dict[str, list[Why]] = {}
    for key, rule in book.rules.items():
        if not isinstance(rule, rulebook.PermissionRule):
            continue
        name = name_of(key, book)
        if wanted and wanted not in f"{key} {name} {rule.clause}".casefold():
            continue
        posts = [staff.position_label(code) for code in Position.values if code in rule.positions]
        found.setdefault(words.section_of(key), []).append(
            Why(key, name, rule.clause, posts, [], rule.everybody)
        )
    return [Section(section_name(code), rows) for code, rows in found.items()]


def gives(grant: Grant, at: datetime) -> list[tuple[str, str]]:
    """(key, name) of every permission that the grant's word stands for in the book in force."""
    book = rulebook.book(at)
    given = granted_in(book, frozenset({grant.word}))
    return [(key, name_of(key, book)) for key in book.rules if key in given]


STATES = ("now", "later", "over")


def listed(viewer: Employee, at: datetime, *, state: str = "now", before: int | None = None) -> list[Grant]:
    """The archive of grants (M4.2), newest first: all of them for whoever the rule names, else those of the viewer and
    of the people he leads. One more than a page."""
    found = Grant.objects.select_related("employee", "run", "end")
    if state == "later":
        found = found.filter(starts_at__gt=at, ends_at__gt=at).exclude(end__at__lte=at)
    elif state == "over":
        found = found.filter(Q(ends_at__lte=at) | Q(end__at__lte=at))
    else:
        found = found.filter(pk__in=in_force(at).values("pk"))
    if not rulebook.holds(viewer, SEE, at):
        found = found.filter(employee__in=led_by(viewer, at))
    if before is not None:
        found = found.filter(pk__lt=before)
    return list(found.order_by("-pk")[: PAGE + 1])


def led_by(viewer: Employee, at: datetime) -> QuerySet[Employee]:
    """The viewer and everybody whom he leads."""
    own = staff.positions_of(viewer, at)
    book = rulebook.book(at)
    below = {post for post in book.superiors if own & posts_above([post], at)} - set()
    held = Q(appointments__position__in=below, appointments__during__contains=at)
    return (
        Employee.objects.filter(Q(pk=viewer.pk) | held, is_active=True)
        .distinct()
        .order_by(F("name_key"), "number")
    )
