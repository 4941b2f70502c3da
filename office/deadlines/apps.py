from django.apps import AppConfig


class DeadlinesConfig(AppConfig):
    name = "office.deadlines"
    label = "deadlines"
