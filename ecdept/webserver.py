"""gunicorn's configuration, for `./dev up` and for the container alike (`--config python:ecdept.webserver`).

A few threads per worker: orders that arrive at once in one process are booked together (orders.services.together), and
a slow sender holds a thread, not a process. Each thread keeps a database connection of its own. The application and
every template are loaded before the fork, so workers share the memory and no first page waits for a compile.
"""

import gc
import logging
import os
from typing import Any

from gunicorn.glogging import Logger

from ecdept.observability.logs import logging_config

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ecdept.settings")
logging_config()

workers = int(os.environ.get("WEB_WORKERS") or min(4, max(2, os.cpu_count() or 2)))
worker_class = "gthread"
threads = int(os.environ.get("WEB_THREADS") or 8)
preload_app = True
timeout = 60
graceful_timeout = 10
keepalive = 5
max_requests = 20_000
max_requests_jitter = 2_000
accesslog = None  # django_structlog writes one line per request, without the query
limit_request_line = 8190
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108  gunicorn's heartbeat file, unnamed
control_socket_disable = True

GARBAGE = (10_000, 20, 20)


class JsonLogger(Logger):  # type: ignore[misc]
    """Hand gunicorn's own messages to the root handler instead of formatting them here."""

    def setup(self, cfg: Any) -> None:
        self.loglevel = logging.INFO
        for log in (self.error_log, self.access_log):
            log.handlers.clear()
            log.propagate = True


logger_class = JsonLogger


def on_starting(server: Any) -> None:
    """Application loaded, port not yet answering: compile every template, leave no connection open."""
    from django.db import connections

    from ecdept.observability.warm import warm

    warm()
    connections.close_all()


def when_ready(server: Any) -> None:
    """Before the fork: what is loaded stays for good, so no worker's collector need walk through it, nor write to the
    pages that workers share. What a request leaves in cycles is little: looking for it every few thousand objects
    instead of every 700 takes a third of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE)


def child_exit(server: Any, worker: Any) -> None:
    """A worker's gauges end with it; its counters stay in the sum."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        from prometheus_client import multiprocess

        multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
