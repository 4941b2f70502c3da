from django.urls import path

from contracts.views import door_links

urlpatterns = [
    path("suppliers/<int:pk>/door/", door_links.supplier_links, name="door_links"),
    path("door/<int:pk>/", door_links.link, name="door_link"),
    path("door/<int:pk>/revoke/", door_links.revoke, name="door_revoke"),
    path("door/<int:pk>/read-out/", door_links.read_out, name="door_read_out"),
]
