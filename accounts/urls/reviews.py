from django.urls import path

from accounts.views import reviews

urlpatterns = [
    path("access/reviews/", reviews.listed, name="reviews"),
    path("access/reviews/<int:pk>/", reviews.review, name="review"),
    path("access/reviews/<int:pk>/<int:grant>/", reviews.say, name="review_say"),
]
