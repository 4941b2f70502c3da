from django.urls import path

from attendance.views import calendars, hotline, mine, roster, rota, swaps, waivers, why

urlpatterns = [
    path("roster/", roster.roster, name="roster"),
    path("roster/cell/", roster.cell, name="cell"),
    path("roster/lay-out/", roster.lay_out, name="lay_out"),
    path("roster/publish/", roster.publish, name="publish"),
    path("roster/person/<int:pk>/", roster.person_page, name="person"),
    path("roster/person/<int:pk>/pattern/", roster.pattern, name="pattern"),
    path("roster/pattern/<int:pk>/end/", roster.end_pattern, name="end_pattern"),
    path("roster/why/shift/<int:pk>/", why.shift, name="why_shift"),
    path("roster/why/night/<int:pk>/", why.night, name="why_night"),
    path("rest/", waivers.waivers, name="waivers"),
    path("rest/<int:pk>/restore/", waivers.restore, name="restore_rest"),
    path("hotline/", hotline.hotline, name="hotline"),
    path("hotline/<str:secret>.txt", hotline.switch, name="hotline_switch"),
    path("hotline/key/", hotline.key, name="hotline_key"),
    path("rota/", rota.rotas, name="rotas"),
    path("rota/<int:pk>/", rota.rota, name="rota"),
    path("rota/<int:pk>/state/", rota.state, name="rota_state"),
    path("rota/<int:pk>/seat/", rota.seat, name="rota_seat"),
    path("rota/<int:pk>/why/", rota.why, name="rota_why"),
    path("rota/<int:pk>/adopt/", rota.adopt, name="rota_adopt"),
    path("rota/<int:pk>/drop/", rota.drop, name="rota_drop"),
    path("mine/", mine.mine, name="mine"),
    path("mine/wish/", mine.wish, name="wish"),
    path("mine/calendar/", mine.key, name="calendar_key"),
    path("calendar/<str:secret>.ics", calendars.feed, name="feed"),
    path("swaps/", swaps.swaps, name="swaps"),
    path("swaps/<int:pk>/again/", swaps.again, name="swap_again"),
    path("swaps/<int:pk>/<str:act>/", swaps.act, name="swap_act"),
]
