from django.apps import AppConfig


class EcdeptConfig(AppConfig):
    name = "ecdept"
    label = "ecdept"
    verbose_name = "ecdept"
