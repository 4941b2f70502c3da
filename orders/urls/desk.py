from django.urls import path

from orders.views import desk, order

urlpatterns = [
    path("desk/", desk.desk, name="desk"),
    path("desk/search/", desk.search, name="search"),
    path("desk/live/", desk.live, name="desk_live"),
    path("desk/next/", desk.accept_next, name="accept_next"),
    path("desk/export/", desk.export, name="desk_export"),
    path("desk/watch/", desk.watch, name="desk_watch"),
    path("orders/<int:pk>/", order.order, name="order"),
    path("orders/<int:pk>/print/", order.paper, name="print"),
    path("orders/<int:pk>/act/<slug:key>/", order.act, name="act"),
    path("callbacks/<int:pk>/done/", order.callback_done, name="callback_done"),
]
