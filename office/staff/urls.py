from django.urls import path

from office.staff.views import duty, me, people, proposals

app_name = "staff"
urlpatterns = [
    path("", people.people, name="people"),
    path("posts/", people.posts, name="posts"),
    path("add/", people.add, name="add"),
    path("<int:pk>/", people.person, name="person"),
    path("<int:pk>/edit/", people.edit, name="edit"),
    path("<int:pk>/appoint/", people.appoint, name="appoint"),
    path("<int:pk>/active/", people.set_active, name="set_active"),
    path("<int:pk>/password/", people.reset_password, name="reset_password"),
    path("<int:pk>/second-factor/", people.reset_second_factor, name="reset_second_factor"),
    path("proposals/<int:pk>/", proposals.decide, name="decide"),
    path("appointments/<int:pk>/end/", people.end_appointment, name="end_appointment"),
    path("me/", me.me, name="me"),
    path("me/sessions/end/", me.end_sessions, name="end_sessions"),
    path("me/sessions/<int:pk>/end/", me.end_session, name="end_session"),
    path("language/", me.language, name="language"),
    path("duty/start/", duty.start, name="start_duty"),
    path("duty/end/", duty.end, name="end_duty"),
    path("duty/seen/", duty.seen, name="seen"),
]
