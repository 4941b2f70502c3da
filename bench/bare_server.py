"""The application's own gunicorn configuration without its first page: the bare sides of row 2 have no pages."""

from ecdept.webserver import *  # noqa: F403

del on_starting  # noqa: F821
