"""Attendance of people, punches, months."""

from django.urls import URLPattern, path

from attendance.views import imports, months

urlpatterns: list[URLPattern] = [
    path("me/", months.my_month, name="my_month"),
    path("clock/", months.clock, name="clock"),
    path("team/", months.team_month, name="team_month"),
    path("people/<int:pk>/", months.person_month, name="person_month"),
    path("people/<int:pk>/<str:day>/", months.day, name="day"),
    path("proof/<int:run>/<int:pk>/", months.proof, name="proof"),
    path("punches/", imports.imports, name="imports"),
    path("punches/<int:pk>/", imports.batch, name="batch"),
    path("punches/<int:pk>/columns/", imports.batch_columns, name="batch_columns"),
    path("punches/<int:pk>/refused/", imports.batch_rejected, name="batch_rejected"),
    path("sources/", imports.source_list, name="sources"),
    path("sources/<int:pk>/", imports.source, name="source"),
    path("sources/<int:pk>/secret/", imports.source_secret, name="source_secret"),
    path("sources/<int:pk>/terminal/", imports.source_terminal, name="source_terminal"),
    path("sources/<int:pk>/numbers/", imports.source_number, name="source_number"),
    path("numbers/<int:pk>/free/", imports.number_free, name="number_free"),
    path("months/", months.month_list, name="months"),
    path("months/<str:month>/", months.month, name="month"),
    path("months/<str:month>/close/", months.month_close, name="month_close"),
    path("months/<str:month>/sheet/", months.month_sheet, name="month_sheet"),
    path("months/<str:month>/lines/", months.lines_act, name="lines_act"),
    path("lines/<int:pk>/<str:act>/", months.line_act, name="line_act"),
    path("wages/", months.wage_list, name="wages"),
]
