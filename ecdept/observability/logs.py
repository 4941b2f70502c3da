"""JSON logs on stderr, one object a line, the same in web, worker, beat and commands.

Nobody's personal data may reach a log, and a log line can be written by any library. So the rule is an
allow-list: only the keys in `KEPT` pass; text is scrubbed of numbers long enough to be a phone, of e-mail
addresses and of Chinese text; a request is its method and path without the query; an exception is its type
and its frames without the message, because messages quote values (a database's "Key (phone)=(…) already
exists").
"""

import logging
import logging.config
import os
import re
import sys
import traceback
from collections.abc import Callable
from types import TracebackType
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

#: Keys that may appear in a log line. Ids, counts, durations, names of code; never a value somebody typed.
KEPT = frozenset(
    {
        # every line
        "event", "level", "logger", "timestamp", "process", "exception",
        # who and what: ids only
        "request_id", "correlation_id", "parent_task_id", "task_id", "child_task_id", "user_id",
        # requests and tasks
        "request", "code", "task", "child_task_name", "routing_key", "duration_ms", "expired", "terminated",
        "signame",
        # numbers of the engines and desks
        "count", "settled", "warned", "breached", "escalated", "failed", "sealed", "unsealed", "sent",
        "retried", "inserted", "duplicates", "rejected", "conflicts", "erased", "returned", "gap_seconds",
        "lag_seconds",
        # which code, row or rule
        "verb", "clause", "rule", "rule_version", "deadline", "deadline_id", "order_id", "batch_id", "outbox_id",
        "seal_id", "shop", "source", "channel", "subject_type", "error_type", "component", "status",
        "attempt", "version", "signal",
    }
)  # fmt: skip
#: Values under these keys are ids or names made by code, and are left as they are.
VERBATIM = frozenset(
    {"request_id", "correlation_id", "parent_task_id", "task_id", "child_task_id", "timestamp", "level",
     "logger", "task", "child_task_name", "verb", "clause", "rule", "error_type", "exception", "signame"}
)  # fmt: skip
#: Pass only as a name made by code ("IntegrityError", "Refused: too_late"): a sentence may quote somebody.
NAMES = frozenset({"error", "reason", "door"})
LONGEST_TEXT = 300
_NAME = re.compile(r"[A-Za-z_][\w.]*(: ?[A-Za-z_][\w.]*)?", re.ASCII)

_PERSONAL = re.compile(
    r"(?P<uuid>\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b)"
    r"|(?P<link>(?<=/supplier/)[\w-]{20,})"  # a supplier's way in
    r"|(?P<email>[\w.+-]+@[\w-]+\.[\w.-]+)"
    r"|(?P<number>\+?\d(?:[ \-.()]?\d){6,})"
    r"|(?P<chinese>[\u3400-\u9fff\uf900-\ufaff][\u3000-\u303f\u3400-\u9fff\uf900-\ufaff\uff00-\uffef·\d]*)",
    re.IGNORECASE,
)
_QUERY = re.compile(r"\?\S*")


def scrub(text: str) -> str:
    """`text` without what could identify a person; UUIDs stay, because they are ids."""

    def replace(match: re.Match[str]) -> str:
        kind = match.lastgroup or ""
        return match.group() if kind == "uuid" else f"[{kind}]"

    short = text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT] + "…"
    return _PERSONAL.sub(replace, short)


def keep_only_known(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
    """The allow-list: unknown keys are dropped and counted, known ones scrubbed."""
    kept: dict[str, Any] = {}
    dropped = 0
    for key, value in event.items():
        if key.startswith("_"):
            kept[key] = value  # structlog's own, removed by the formatter
        elif key in NAMES and _NAME.fullmatch(str(value)):
            kept[key] = value
        elif key not in KEPT:
            dropped += 1
        elif value is None or key in VERBATIM or isinstance(value, bool | int | float):
            kept[key] = value
        else:
            text = str(value)
            kept[key] = scrub(_QUERY.sub("", text) if key in {"request", "event"} else text)
    if dropped:
        kept["dropped"] = dropped
    return kept


def describe_exception(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
    """Replace `exc_info` by types and frames: what failed and where, never the message."""
    info = event.pop("exc_info", None)
    event.pop("exc_text", None)
    event.pop("stack_info", None)
    if not info:
        return event
    error: BaseException | None
    if isinstance(info, BaseException):
        error = info
    elif isinstance(info, tuple):
        error = info[1]
    else:
        error = sys.exc_info()[1]
    chain: list[dict[str, object]] = []
    while error is not None and len(chain) < 5:
        event["event"] = _without_message(event.get("event"), error)
        chain.append(
            {
                "type": f"{type(error).__module__}.{type(error).__qualname__}",
                "at": _frames(error.__traceback__),
            }
        )
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if chain:
        event["exception"] = chain
    return event


def _without_message(said: object, error: BaseException) -> object:
    """What a library said of an exception, with its type in the place of its message: Celery puts it into its line."""
    if isinstance(said, str):
        for message in (repr(error), str(error)):
            if message:
                said = said.replace(message, type(error).__name__)
    return said


def _frames(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)[-12:]
    return [f"{os.path.relpath(f.filename) if f.filename else '?'}:{f.lineno} {f.name}" for f in frames]


def _process_name(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
    event["process"] = os.environ.get("ECDEPT_PROCESS", "command")
    return event


class QuietDoors(logging.Filter):
    """Drops the lines of the doors that machines knock at every few seconds; a failure there is kept."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno >= logging.ERROR or not isinstance(record.msg, dict):
            return True
        return record.msg.get("request") not in {"GET /healthz", "GET /readyz", "GET /metrics"}


def logging_config(level: str | None = None) -> dict[str, Any]:
    """Configure structlog and the standard library to write JSON on stderr; return the applied dictConfig.

    `level` defaults to the environment's LOG_LEVEL, else INFO. Django's own configuration step is switched
    off (`LOGGING_CONFIG = None`), so this is the only place.
    """
    chosen = (level or os.environ.get("LOG_LEVEL") or "INFO").upper()
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _process_name,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    config: dict[str, Any] = {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": [
                    *shared,
                    structlog.stdlib.ExtraAdder(allow=(KEPT | NAMES) - {"process"}),
                ],
                "processors": [
                    describe_exception,
                    keep_only_known,
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.JSONRenderer(ensure_ascii=False),
                ],
            }
        },
        "filters": {"quiet": {"()": QuietDoors}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["quiet"]}},
        "root": {"handlers": ["stderr"], "level": chosen},
        "loggers": {
            # Every request and task is already one line from django_structlog.
            "django.server": {"level": "WARNING"},
            "django.request": {"level": "ERROR"},
            "django_structlog.celery.receivers": {"level": "WARNING"},
            "celery.worker.strategy": {"level": "WARNING"},
            "celery.app.trace": {"level": "WARNING"},
            "celery.beat": {"level": "WARNING"},
            "axes.apps": {"level": "WARNING"},
        },
    }
    logging.config.dictConfig(config)
    if os.environ.get("ECDEPT_PROCESS") in {"web", "worker", "beat", "keeper"}:
        logging.captureWarnings(True)  # a warning is a line of JSON, too
    return config


def leave_logging_to_us(app: Any) -> Callable[..., None]:
    """For Celery's signal `setup_logging`. A worker or beat that nobody tells otherwise sets the root logger to
    WARNING, whatever LOG_LEVEL says, and with that drops every line that a task writes. What libraries print still
    becomes a line of JSON."""

    def left(**_more: Any) -> None:
        app.log.redirect_stdouts("WARNING")  # the name: its children read it from the environment

    return left
