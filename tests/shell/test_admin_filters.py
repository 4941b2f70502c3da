"""The admin site is for looking; what it hides cannot be felt out by filters in the address either."""

from __future__ import annotations

import pytest
from django.contrib.admin import site
from django.test import RequestFactory

from office.audit.read_only import ReadOnlyAdmin
from office.staff.models import Employee
from tests.people import person

pytestmark = pytest.mark.django_db


def test_a_hidden_field_is_no_filter() -> None:
    request = RequestFactory().get("/admin/")
    request.user = person("sun_admin")
    page = site._registry[Employee]
    assert not page.lookup_allowed("password__startswith", "argon2", request)
    assert not page.lookup_allowed("password", "x", request)
    assert page.lookup_allowed("department__startswith", "A", request)


def test_every_admin_page_hides_its_hidden_fields_from_filters() -> None:
    request = RequestFactory().get("/admin/")
    request.user = person("sun_admin")
    for page in site._registry.values():
        assert isinstance(page, ReadOnlyAdmin)
        for name in page.hidden:
            assert not page.lookup_allowed(f"{name}__gte", "x", request)
