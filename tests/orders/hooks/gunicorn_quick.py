"""The application's own gunicorn configuration, with a patience that a test can wait for."""

from typing import Any

from ecdept.webserver import *  # noqa: F403

workers = 2


def post_worker_init(worker: Any) -> None:
    from office.hooks import raw_body

    raw_body.PATIENCE = 1.0
