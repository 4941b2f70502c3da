from django.urls import path

from cms.views import acts, items, settings

urlpatterns = [
    path("", items.content_list, name="content"),
    path("new/<slug:kind>/", items.new, name="new"),
    path("items/<int:pk>/", items.item, name="item"),
    path("items/<int:pk>/edit/", items.edit, name="edit"),
    path("items/<int:pk>/versions/<int:number>/", items.version, name="version"),
    path("items/<int:pk>/compare/", items.compare, name="compare"),
    path("items/<int:pk>/submit/", acts.submit, name="submit"),
    path("items/<int:pk>/publish/", acts.publish, name="publish"),
    path("items/<int:pk>/end/", acts.end, name="end"),
    path("items/<int:pk>/read/", acts.read, name="read"),
    path("scan/", items.scan, name="scan"),
    path("calendar/", items.calendar, name="calendar"),
    path("columns/", settings.column_list, name="columns"),
    path("columns/new/", settings.new_column, name="new_column"),
    path("columns/<int:pk>/", settings.column, name="column"),
    path("words/", settings.word_lists, name="words"),
    path("words/new/", settings.new_word_list, name="new_word_list"),
    path("words/<slug:code>/", settings.word_list, name="word_list"),
]
