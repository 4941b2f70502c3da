from django.urls import path

from catalog.views import promotions

urlpatterns = [
    path("promotions/", promotions.promotions, name="promotions"),
    path("promotions/new/", promotions.promotion_new, name="promotion_new"),
    path("promotions/<int:pk>/", promotions.promotion, name="promotion"),
    path("promotions/<int:pk>/ask/", promotions.promotion_ask, name="promotion_ask"),
    path("promotions/<int:pk>/stop/", promotions.promotion_stop, name="promotion_stop"),
    path("promotions/<int:pk>/prices/", promotions.price_promotion, name="price_promotion"),
]
