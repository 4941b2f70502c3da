"""Puts our own admin site in the place of Django's."""

from django.contrib.admin.apps import AdminConfig


class OfficeAdminConfig(AdminConfig):
    default_site = "ecdept.admin_site.OfficeAdminSite"
