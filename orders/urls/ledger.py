from django.urls import path

from orders.views import ledger

urlpatterns = [
    path("retention/", ledger.retention, name="retention"),
    path("retention/erase/<int:pk>/", ledger.erase, name="erase_customer"),
]
