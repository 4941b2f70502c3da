"""Admin pages that show and never write; for rows that are law, an attempt to write is an incident."""

from __future__ import annotations

from typing import Any, NoReturn

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from office.audit.services import incident
from office.subjects import Subject


class ReadOnlyAdmin(admin.ModelAdmin[models.Model]):
    """Shows rows, never writes them. `hidden` fields (ciphertext, keys) are not even shown."""

    reads_only = True  # what the site asks before it registers a page
    hidden: tuple[str, ...] = ()
    show_full_result_count = False
    list_per_page = 50
    actions = None

    def get_fields(self, request: HttpRequest, obj: models.Model | None = None) -> list[Any]:
        return [name for name in super().get_fields(request, obj) if name not in self.hidden]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Nor may a filter in the address feel its way along a hidden field (`?password__startswith=…`)."""
        return lookup.split("__")[0] not in self.hidden and super().lookup_allowed(lookup, value, request)

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Whoever may enter the site may look; which posts may is a rule of the book."""
        return self.admin_site.has_permission(request)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.admin_site.has_permission(request)

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


class LawAdmin(ReadOnlyAdmin):
    """For rows that are law (C7.5): a forged form is refused and recorded, with the name of who sent it."""

    clause = "C7.5"

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if request.method == "POST":
            self._refuse("", "change of many")
        return super().changelist_view(request, extra_context)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if request.method == "POST":
            self._refuse(object_id or "", "change" if object_id else "addition")
        return super().changeform_view(request, object_id, form_url, extra_context)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if request.method == "POST":
            self._refuse(object_id, "deletion")
        return super().delete_view(request, object_id, extra_context)

    def _refuse(self, object_id: str, act: str) -> NoReturn:
        name = self.model._meta.model_name or ""
        incident(
            "law",
            subject=Subject(name, object_id, f"{name} {object_id}".strip()),
            now=timezone.now(),
            detail=f"{act} through the admin site was refused",
            clause=self.clause,
        )
        raise PermissionDenied
