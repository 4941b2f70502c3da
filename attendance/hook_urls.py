"""Doors for time clocks, mounted at /hooks/. No trailing slash: a machine does not follow redirects."""

from django.urls import URLPattern, path

from attendance.views import hooks, iclock

urlpatterns: list[URLPattern] = [
    path("punches/<slug:code>", hooks.punch_hook, name="punch_hook"),
    # What follows the secret is the device's own; firmware adds ".aspx" or not.
    path("iclock/<str:token>/iclock/cdata", iclock.cdata, name="iclock_cdata"),
    path("iclock/<str:token>/iclock/cdata.aspx", iclock.cdata, name="iclock_cdata_aspx"),
    path("iclock/<str:token>/iclock/getrequest", iclock.idle, name="iclock_getrequest"),
    path("iclock/<str:token>/iclock/getrequest.aspx", iclock.idle, name="iclock_getrequest_aspx"),
    path("iclock/<str:token>/iclock/devicecmd", iclock.idle, name="iclock_devicecmd"),
    path("iclock/<str:token>/iclock/devicecmd.aspx", iclock.idle, name="iclock_devicecmd_aspx"),
    path("iclock/<str:token>/iclock/ping", iclock.idle, name="iclock_ping"),
]
