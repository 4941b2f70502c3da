from django.urls import path

from accounts.views import changes

urlpatterns = [
    path("changes/", changes.listed, name="changes"),
    path("changes/new/", changes.new, name="change_new"),
    path("changes/<int:pk>/", changes.change, name="change"),
    path("changes/<int:pk>/edit/", changes.edit, name="change_edit"),
    path("changes/<int:pk>/<slug:key>/", changes.act, name="change_act"),
]
