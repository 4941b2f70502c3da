from django.urls import path, re_path

from attendance.views import balances, leave

urlpatterns = [
    path("leave/", leave.leaves, name="leaves"),
    path("leave/ask/", leave.ask, name="leave_ask"),
    path("leave/tell/", leave.tell, name="leave_tell"),
    path("leave/team/", leave.team, name="team_leaves"),
    path("leave/balances/", balances.balances, name="balances"),
    re_path(r"^leave/balances/(?P<pk>\d{1,15})/$", balances.balance, name="balance"),
    re_path(r"^leave/(?P<pk>\d{1,15})/$", leave.leave, name="leave"),
    re_path(r"^leave/(?P<pk>\d{1,15})/again/$", leave.again, name="leave_again"),
    re_path(r"^leave/(?P<pk>\d{1,15})/late-slip/$", leave.late_slip, name="late_slip"),
    re_path(r"^leave/(?P<pk>\d{1,15})/act/(?P<key>[a-z-]{1,20})/$", leave.act, name="leave_act"),
    re_path(r"^leave/(?P<pk>\d{1,15})/stand-in/$", leave.deputy, name="leave_deputy"),
    re_path(r"^leave/(?P<pk>\d{1,15})/documents/$", leave.add_proof, name="leave_add_proof"),
    re_path(r"^leave/(?P<pk>\d{1,15})/documents/(?P<file>\d{1,15})/$", leave.proof, name="leave_proof"),
]
