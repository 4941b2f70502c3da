"""Assets of the site."""

from django.urls import path

from cms.views import assets as views
from cms.views import attachments

urlpatterns = [
    path(
        "items/<int:pk>/versions/<int:number>/files/<int:place>/", attachments.attachment, name="attachment"
    ),
    path("items/<int:pk>/versions/<int:number>/pack/", attachments.attachment_pack, name="attachment_pack"),
    path("assets/", views.library, name="assets"),
    path("assets/new/", views.add, name="asset_new"),
    path("assets/pick/", views.picker, name="asset_picker"),
    path("assets/pack/", views.pack, name="asset_pack"),
    path("assets/<int:pk>/", views.asset, name="asset"),
    path("assets/<int:pk>/versions/", views.new_version, name="asset_version"),
    path("assets/<int:pk>/describe/", views.describe, name="asset_describe"),
    path("assets/<int:pk>/retire/", views.retire, name="asset_retire"),
    path("assets/<int:pk>/final/", views.ask_final, name="asset_final"),
    path("assets/<int:pk>/v<int:number>/file", views.asset_file, name="asset_file"),
    path("assets/<int:pk>/v<int:number>/preview", views.asset_preview, name="asset_preview"),
]
