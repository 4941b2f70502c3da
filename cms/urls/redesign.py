"""Redesigns and the review of the main page."""

from django.urls import path, re_path

from cms.views import redesign as views

urlpatterns = [
    path("redesigns/", views.redesigns, name="redesigns"),
    path("redesigns/new/", views.begin, name="redesign_new"),
    path("redesigns/<int:pk>/", views.redesign, name="redesign"),
    path("redesigns/<int:pk>/change/", views.change, name="redesign_change"),
    path("redesigns/<int:pk>/views/", views.add_view, name="redesign_view"),
    path("redesigns/<int:pk>/ask/", views.ask, name="redesign_ask"),
    path("redesigns/<int:pk>/drop/", views.drop, name="redesign_drop"),
    path("redesigns/<int:pk>/pictures/<int:stored>/", views.picture, name="redesign_picture"),
    re_path(
        r"^redesigns/views/(?P<mock_up>\d{1,18})/(?P<slot>before|after)/$", views.set_view, name="mock_up_set"
    ),
    path("redesigns/views/<int:mock_up>/remove/", views.remove_view, name="mock_up_remove"),
    path("reviews/<int:pk>/", views.review, name="review"),
]
