"""Who may see and do what with content. What somebody may not see is not there for him: 404."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import CharField, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from cms.models import Item, Publication, Version
from cms.rules import content
from office.approvals.models import Run
from office.approvals.selectors.people import authority_of
from office.approvals.selectors.runs import part_of
from office.errors import Forbidden, NotFound
from office.rulebook import api as rulebook
from office.rulebook.selectors import holds
from office.staff import api as staff
from office.staff.models import Employee

SUBJECT = "content"


def visible_to(person: Employee, now: datetime) -> QuerySet[Item]:
    """What the person may see at the desk. Confidential content that was never published is seen by its authors, by
    those whom its approvals concern, and by the posts of the book (C4.3, M2)."""
    found = Item.objects.all()
    permissions = rulebook.permissions_of(person, now)
    if "cms.view" not in permissions:
        return found.none()
    if "cms.view_confidential" in permissions:
        return found
    concerned = Run.objects.filter(part_of(person, authority_of(person, now))).filter(
        subject_type=SUBJECT, subject_id=Cast(OuterRef("pk"), CharField())
    )
    return found.filter(
        Q(confidential=False)
        | Q(created_by=person)
        | Exists(Version.objects.filter(item=OuterRef("pk"), written_by=person))
        | Exists(Publication.objects.filter(item=OuterRef("pk")))
        | Exists(concerned)
    )


def access_item(*, item_id: int, person: Employee, now: datetime) -> Item:
    """Raises NotFound."""
    found = (
        visible_to(person, now)
        .filter(pk=item_id)
        .select_related("column", "newest", "newest__written_by", "created_by")
        .first()
    )
    if found is None:
        raise NotFound(_("There is no such content."))
    return found


def may_see(person: Employee, item_id: str, now: datetime) -> bool:
    return item_id.isdecimal() and visible_to(person, now).filter(pk=int(item_id)).exists()


def seen_of(person: Employee, item_ids: Collection[str], now: datetime) -> set[str]:
    """`may_see` of many."""
    found = visible_to(person, now).filter(pk__in=[int(each) for each in item_ids if each.isdecimal()])
    return {str(pk) for pk in found.values_list("pk", flat=True)}


def source_post(now: datetime) -> str:
    """The post that events and the company's profile come from (C4.2, M2)."""
    return rulebook.parameter_rule("cms.event_source", now).text()


def kinds_to_begin(person: Employee, now: datetime) -> list[tuple[str, object]]:
    """The kinds of content that the person may begin, with their names."""
    permissions = rulebook.permissions_of(person, now)
    held = staff.positions_of(person, now)
    return [
        (kind, label)
        for kind, label in content.KINDS
        if content.author_rule(kind) in permissions
        and (kind not in content.SOURCED or source_post(now) in held)
    ]


def require_author(person: Employee, kind: str, now: datetime) -> None:
    """Raises Forbidden, naming the clause, unless one of the person's posts writes content of the kind."""
    key = content.author_rule(kind)
    if not holds(person, key, now):
        found = rulebook.book(now).rules.get(key)
        raise Forbidden(
            _("None of your posts writes this kind of content."),
            clause=found.clause if found else "",
            permission=key,
        )


def require_source(person: Employee, kind: str, now: datetime) -> None:
    """Events and the company's profile are begun by the post they come from (C4.2, M2). Raises Forbidden."""
    if kind not in content.SOURCED:
        return
    post = source_post(now)
    if post not in staff.positions_of(person, now):
        rule = rulebook.parameter_rule("cms.event_source", now)
        raise Forbidden(
            _("This kind of content comes from the {post}; who publishes it may edit it afterwards.").format(
                post=rulebook.book(now).positions.get(post, post)
            ),
            clause=rule.clause,
            code="not_the_source",
        )


def require_publisher(person: Employee, kind: str, now: datetime) -> None:
    """Raises Forbidden, naming the clause, unless one of the person's posts publishes content of the kind."""
    for key in ("cms.publish", content.publisher_rule(kind)):
        if holds(person, key, now):
            continue
        raise Forbidden(
            _("None of your posts publishes this kind of content."),
            clause=rulebook.permission_rule(key, now).clause,  # the loop's key: both books have both
            permission=key,
        )
