"""Logs: JSON, an id through web and worker, and nobody's data."""

import importlib
import io
import json
import logging
import os
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import structlog
from django.db import IntegrityError
from django.test import Client

from ecdept.observability.logs import LONGEST_TEXT, QuietDoors, logging_config, scrub

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines() -> Lines:
    """What the configured handler writes, parsed."""
    logging_config("INFO")
    stream = io.StringIO()
    (handler,) = (
        each for each in logging.getLogger().handlers if any(isinstance(f, QuietDoors) for f in each.filters)
    )
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(stream)
    return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_unknown_key_is_dropped_and_counted(lines: Lines) -> None:
    structlog.get_logger("orders").info("order_accepted", order_id=5, customer="张三", phone="13812345678")
    (line,) = lines()
    assert line["order_id"] == 5
    assert line["dropped"] == 2
    assert "张三" not in json.dumps(line, ensure_ascii=False)


def test_an_error_is_logged_by_its_name_only(lines: Lines) -> None:
    log = structlog.get_logger("deadlines")
    log.error("handler_failed", error="Refused: too_late", deadline=3)
    log.error("handler_failed", error="no order for Zhang San", deadline=4)
    logging.getLogger("orders").error("idle_return_failed", extra={"order_id": 9, "phone": "13812345678"})
    first, second, third = lines()
    assert (first["error"], first["deadline"]) == ("Refused: too_late", 3)
    assert "error" not in second
    assert third["order_id"] == 9
    assert "phone" not in third


def test_an_exception_is_its_type_and_place_without_its_message(lines: Lines) -> None:
    try:
        try:
            raise KeyError("13812345678")
        except KeyError as cause:
            raise ValueError("Key (phone)=(13812345678) already exists") from cause
    except ValueError:
        logging.getLogger("anything").exception("it failed for %s", "李四")
    (line,) = lines()
    assert [each["type"] for each in line["exception"]] == ["builtins.ValueError", "builtins.KeyError"]
    assert "test_logs.py" in line["exception"][0]["at"][0]
    assert "13812345678" not in json.dumps(line)
    assert line["event"] == "it failed for [chinese]"


def test_what_a_task_failed_with_is_not_quoted_in_its_line(lines: Lines) -> None:
    """Celery's own words; letters of the alphabet are no less a name than Chinese ones."""
    for error in (
        ValueError("no house for John Smith, 12 High Street"),
        IntegrityError("(name)=(O'Hara \n)"),
    ):
        try:
            raise error
        except Exception as raised:
            logging.getLogger("celery.app.trace").error(
                "Task %s[%s] raised unexpected: %s", "orders.x", "1", repr(raised), exc_info=True
            )
    first, second = lines()
    assert first["event"] == "Task orders.x[1] raised unexpected: ValueError"
    assert second["event"] == "Task orders.x[1] raised unexpected: IntegrityError"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("call 138 1234 5678 now", "call [number] now"),
        ("+86-10-62345678", "[number]"),
        ("mail zhang.san@example.com", "mail [email]"),
        ("送到上海市浦东新区100号", "[chinese]"),
        (
            "task 3f2504e0-4f89-41d3-9a0c-0305e82c3301 took 12 ms",
            "task 3f2504e0-4f89-41d3-9a0c-0305e82c3301 took 12 ms",
        ),
    ],
)
def test_text_is_scrubbed_of_people(text: str, kept: str) -> None:
    assert scrub(text) == kept


def test_long_text_is_cut() -> None:
    assert len(scrub("x" * 5000)) == LONGEST_TEXT + 1


@pytest.mark.django_db
def test_a_request_is_one_line_with_an_id_and_without_its_query(lines: Lines, client: Client) -> None:
    client.get("/auth/login/?next=/orders/13812345678", headers={"user-agent": "张三's phone"})
    (line,) = [each for each in lines() if each["event"] == "request_finished"]
    assert line["request"] == "GET /auth/login/"
    assert len(line["request_id"]) == 36
    assert "13812345678" not in json.dumps(lines())


@pytest.mark.django_db
def test_the_doors_of_machines_are_not_logged_while_they_succeed(lines: Lines, client: Client) -> None:
    client.get("/healthz")
    assert lines() == []


def test_a_task_carries_the_id_of_the_request_that_sent_it() -> None:
    """The header that django_structlog's worker step binds again before the task runs."""
    from django_structlog.celery.receivers import CeleryReceiver

    headers: dict[str, Any] = {"id": "t-1"}
    with structlog.contextvars.bound_contextvars(request_id="r-1"):
        CeleryReceiver().receiver_before_task_publish(headers=headers)
    assert headers["__django_structlog__"]["request_id"] == "r-1"


def test_the_worker_writes_the_id_of_the_request_into_its_own_lines(lines: Lines) -> None:
    """What came with the message is bound before the task runs; the step that does it is the worker's."""
    from django_structlog.celery.receivers import CeleryReceiver
    from django_structlog.celery.steps import DjangoStructLogInitStep

    from ecdept.celery import app

    assert DjangoStructLogInitStep in app.steps["worker"]
    request = SimpleNamespace(__django_structlog__={"request_id": "r-1"})
    CeleryReceiver().receiver_task_prerun("t-1", SimpleNamespace(name="orders.run_batch", request=request))
    structlog.get_logger("orders").info("batch_done", batch_id=7)
    structlog.contextvars.clear_contextvars()
    said = lines()[-1]
    assert (said["event"], said["request_id"], said["task_id"], said["batch_id"]) == (
        "batch_done",
        "r-1",
        "t-1",
        7,
    )


@pytest.mark.parametrize("module", ["celery", "beat"])
def test_worker_and_beat_write_what_the_level_of_the_environment_says(
    lines: Lines, monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    """Celery sets the root logger to WARNING where nobody takes its place: then no task's line is ever written."""
    app = importlib.import_module(f"ecdept.{module}").app
    monkeypatch.setattr(type(app.log), "_setup", False)
    for stream in ("stdout", "stderr"):
        monkeypatch.setattr(sys, stream, getattr(sys, stream))  # Celery puts its own in their place
    for name in ("CELERY_LOG_REDIRECT", "CELERY_LOG_REDIRECT_LEVEL", "CELERY_LOG_LEVEL"):
        monkeypatch.setenv(name, "")
    app.log.setup(loglevel="WARNING", redirect_stdouts=True, redirect_level="WARNING")
    app.log.setup(redirect_stdouts=True, redirect_level=os.environ["CELERY_LOG_REDIRECT_LEVEL"])  # in a child
    sys.stdout.write("a library has something to say\n")
    structlog.get_logger("orders").info("batch_done", batch_id=7)
    said = [line["event"] for line in lines()]
    assert said == ["a library has something to say", "batch_done"]
