"""Rights come by posts and grants alone: nothing set by hand is taken, and who tries is written down (C13.2)."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import IntegrityError, transaction

from office.audit.models import Incident
from office.staff.models import Employee
from tests.people import person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.clause("C13.2")]


@pytest.mark.parametrize("field", ["is_superuser", "is_staff"])
def test_no_flag_is_taken(field: str) -> None:
    someone = person("sun_admin")
    with pytest.raises(IntegrityError), transaction.atomic():
        Employee.objects.filter(pk=someone.pk).update(**{field: True})
    setattr(someone, field, True)
    with pytest.raises(IntegrityError), transaction.atomic():
        someone.save()
    with pytest.raises(IntegrityError), transaction.atomic():
        Employee.objects.create(number="X1", name="X", joined_at=someone.joined_at, **{field: True})


def test_no_group_and_no_single_permission_is_taken() -> None:
    someone, group = person("sun_admin"), Group.objects.create(name="all")
    permission = Permission.objects.first()
    assert permission is not None
    with pytest.raises(IntegrityError), transaction.atomic():
        someone.groups.add(group)
    with pytest.raises(IntegrityError), transaction.atomic():
        someone.user_permissions.add(permission)
    with pytest.raises(IntegrityError), transaction.atomic():
        group.permissions.add(permission)


@pytest.mark.parametrize("who", ["sun_admin", "qian_it"])
def test_a_form_sent_to_the_admin_site_is_refused_and_recorded(who: str) -> None:
    target = person("li_lei")
    answer = signed_in(who).post(
        f"/admin/staff/employee/{target.pk}/change/", {"is_superuser": "on", "groups": "1", "name": "x"}
    )
    assert answer.status_code == 403
    assert (made := Incident.objects.order_by("-pk").first()) is not None
    assert (made.clause, made.actor_name) == ("C13.2", person(who).name)
    target.refresh_from_db()
    assert not target.is_superuser
    assert signed_in(who).get("/admin/auth/group/").status_code == 404
