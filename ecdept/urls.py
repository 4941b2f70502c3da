"""All URLs. Every one of them is in the permission matrix (tests/permissions)."""

from django.contrib import admin
from django.urls import include, path

from ecdept import views

urlpatterns = [
    path("", include("orders.urls")),
    path("catalog/", include("catalog.urls")),
    path("site/", include("cms.urls")),
    path("attendance/", include("attendance.urls")),
    path("accounts/", include("accounts.urls")),
    path("backups/", include("backups.urls")),
    path("contracts/", include("contracts.urls")),
    path("supplier/", include("contracts.door_urls")),
    path("pages/", include("cms.public_urls")),
    path("board/", include("cms.board_urls")),
    path("approvals/", include("office.approvals.urls")),
    path("rulebook/", include("office.rulebook.urls")),
    path("files/", include("office.files.urls")),
    path("inbox/", include("office.notices.urls")),
    path("deadlines/", include("office.deadlines.urls")),
    path("staff/", include("office.staff.urls")),
    path("trail/", include("office.audit.urls")),
    path("auth/", include("ecdept.auth_urls")),
    path("admin/", admin.site.urls),
    path("", include("ecdept.observability.urls")),
    path("", include("ecdept.site_urls")),
]
handler400 = views.bad_request
handler403 = views.forbidden
handler404 = views.not_found
handler500 = views.server_error
