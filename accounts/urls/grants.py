from django.urls import path

from accounts.views import grants

urlpatterns = [
    path("access/", grants.mine, name="access"),
    path("access/ask/", grants.ask, name="access_ask"),
    path("access/people/<int:pk>/", grants.of_person, name="access_person"),
    path("access/who/", grants.keys, name="access_keys"),
    path("access/who/<str:key>/", grants.of_key, name="access_key"),
    path("access/grants/", grants.listed, name="grants"),
    path("access/grants/<int:pk>/", grants.grant, name="grant"),
    path("access/grants/<int:pk>/end/", grants.end, name="grant_end"),
]
