"""The admin site for IT: looking only. One sign-in for everything, second factor included; no superuser's door.

What somebody tries to write here is refused and recorded (office.audit.admin). Changes go through the pages, that is
through the verbs.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.contrib import admin
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from office.rulebook import api as rulebook
from office.staff.models import Employee


class OfficeAdminSite(admin.AdminSite):
    site_header = _("Administration")
    site_title = _("Administration")
    index_title = _("Tables, to look at")
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        """The posts of the rule admin.enter; the answer is kept for the request."""
        user = request.user
        if isinstance(user, AnonymousUser) or not isinstance(user, Employee):
            return False
        known = getattr(request, "_may_enter_admin", None)
        if known is None:
            try:
                known = rulebook.may(user, "admin.enter")
            except rulebook.NoBookInForce:
                known = False
            request._may_enter_admin = known  # type: ignore[attr-defined]
        return bool(known)

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Only read-only pages: what other packages would register with write access stays outside."""
        if getattr(admin_class, "reads_only", False):
            super().register(model_or_iterable, admin_class, **options)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The house's own sign-in; whoever is signed in and may not enter is told so."""
        if request.user.is_authenticated:
            raise PermissionDenied("admin.enter")
        wanted = request.GET.get("next") or reverse("admin:index")
        return HttpResponseRedirect(f"{reverse('account_login')}?next={quote(wanted)}")

    def logout(  # type: ignore[override]
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return HttpResponseRedirect(reverse("account_logout"))

    def password_change(  # type: ignore[override]
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return HttpResponseRedirect(reverse("account_change_password"))
