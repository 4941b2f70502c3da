"""URLs of the order desk, by subject. Hooks and the API are mounted by ecdept.urls outside the session's world."""

from orders.urls import desk, figures, intake, ledger, shops

app_name = "orders"
urlpatterns = [
    *desk.urlpatterns,
    *intake.urlpatterns,
    *shops.urlpatterns,
    *ledger.urlpatterns,
    *figures.urlpatterns,
]
