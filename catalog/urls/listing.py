from django.urls import path

from catalog.views import listing

urlpatterns = [
    path("<int:product>/channels/<int:channel>/list/", listing.ask_listing, name="ask_listing"),
    path("<int:product>/channels/<int:channel>/delist/", listing.ask_delisting, name="ask_delisting"),
]
