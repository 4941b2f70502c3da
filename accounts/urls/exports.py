from django.urls import path

from accounts.views import exports

urlpatterns = [path("access/exports/", exports.listed, name="exports")]
