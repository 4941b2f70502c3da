from django.urls import path, re_path

from attendance.views import leaving

urlpatterns = [
    path("resign/", leaving.resign, name="resign"),
    path("leavings/", leaving.leavings, name="leavings"),
    path("leavings/<int:pk>/", leaving.leaving, name="leaving"),
    path("leavings/<int:pk>/name/", leaving.name_successor, name="name_successor"),
    path("leavings/<int:pk>/look/", leaving.look_again, name="leaving_look"),
    path("leavings/<int:pk>/call-off/", leaving.call_off, name="leaving_call_off"),
    re_path(r"^handover/(?P<pk>\d{1,15})/(?P<key>take|refuse)/$", leaving.item, name="handover_item"),
]
