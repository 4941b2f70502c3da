"""The page that says whether the engine is well."""

from __future__ import annotations

import pytest

from office.deadlines import sweep
from office.deadlines.models import Deadline
from tests.deadlines.cast import after, clock
from tests.people import signed_in

pytestmark = pytest.mark.django_db


def failing() -> Deadline:
    row = clock(1)
    Deadline.objects.filter(pk=row.pk).update(failures=2, last_error="ValueError", next_at=after(90))
    return row


def test_it_lists_failures_and_outages() -> None:
    failing()
    sweep.tick(after(0))
    sweep.tick(after(30))
    answer = signed_in("chen_manager").get("/deadlines/")
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "ValueError" in text
    assert "TM01/0001" in text
    assert len(answer.context["gaps"]) == 1
    assert answer.context["may_retry"] is False


def test_it_tries_again_at_once_and_others_may_not() -> None:
    row = failing()
    assert signed_in("li_lei").post(f"/deadlines/{row.pk}/retry/").status_code == 403
    administrator = signed_in("sun_admin")
    assert administrator.post(f"/deadlines/{row.pk}/retry/").status_code == 302
    row.refresh_from_db()
    assert row.next_at is not None
    assert administrator.post("/deadlines/999999/retry/").status_code == 404


def test_an_engine_that_never_ran_says_so() -> None:
    assert signed_in("sun_admin").get("/deadlines/").context["standing_still"] is True
