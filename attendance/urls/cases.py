from django.urls import path, re_path

from attendance.views import cases, reading

urlpatterns = [
    path("cases/", cases.cases, name="cases"),
    path("cases/open/", cases.open_case, name="case_open"),
    re_path(r"^cases/(?P<pk>\d{1,15})/$", cases.case, name="case"),
    re_path(r"^cases/(?P<pk>\d{1,15})/act/(?P<key>[a-z-]{1,20})/$", cases.act, name="case_act"),
    re_path(r"^cases/(?P<pk>\d{1,15})/files/$", cases.add_file, name="case_add_file"),
    re_path(r"^cases/(?P<pk>\d{1,15})/files/(?P<file>\d{1,15})/$", cases.file, name="case_file"),
    path("rules/read/", reading.read, name="read_rules"),
    path("rules/readers/", reading.readers, name="rule_readers"),
]
