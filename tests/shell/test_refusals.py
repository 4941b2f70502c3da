"""What was refused says what, why, and what would make it possible: as a page, a toast, or JSON."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from ecdept.errors import refusal_response
from ecdept.middleware import RefusalMiddleware
from office.errors import Conflict, Invalid

pytestmark = pytest.mark.django_db
Enter = Callable[[str], Client]


def refused(**headers: str) -> HttpResponse:
    request = RequestFactory().post("/orders/1/act/accept/", headers=headers)
    return refusal_response(
        request,
        Conflict(
            "李雷 accepted this order at 10:02.", clause="C7.1", winner="李雷", hint="Take the next one."
        ),
    )


def test_a_person_gets_a_page_with_a_way_back() -> None:
    answer = refused(host="testserver", referer="http://testserver/desk/")
    assert answer.status_code == 409
    text = answer.content.decode()
    assert "李雷 accepted this order" in text
    assert "C7.1" in text
    assert "Take the next one." in text
    assert "数据没有变化" in text
    assert 'href="http://testserver/desk/"' in text


def test_the_way_back_never_leaves_the_house() -> None:
    assert "evil.example" not in refused(referer="https://evil.example/desk/").content.decode()


def test_a_fragment_s_request_gets_a_toast() -> None:
    answer = refused(**{"hx-request": "true"})
    assert answer.status_code == 409
    assert answer["HX-Retarget"] == "#toasts"
    assert "<html" not in answer.content.decode()


def test_a_machine_gets_json() -> None:
    request = RequestFactory().post("/api/v1/orders")
    wrong = Invalid("Bad.", errors=[{"path": "lines", "code": "required", "message": "Needed."}])
    answer = refusal_response(request, wrong)
    assert answer.status_code == 422
    assert b'"path": "lines"' in answer.content


def test_an_error_page_for_every_common_status(enter: Enter) -> None:
    client = enter("li_lei")
    for path, status in (("/nowhere/", 404), ("/orders/999999999/", 404), ("/retention/", 403)):
        answer = client.get(path)
        assert answer.status_code == status
        assert "alone-card" in answer.content.decode()


def test_who_looks_for_what_is_not_there_is_not_told_that_nothing_was_changed(enter: Enter) -> None:
    text = enter("li_lei").get("/orders/999999999/").content.decode()
    assert "没有找到" in text
    assert "数据没有变化" not in text


def test_a_get_where_only_a_post_belongs_is_a_designed_405(enter: Enter) -> None:
    answer = enter("li_lei").get("/staff/duty/start/")
    assert answer.status_code == 405
    assert answer["Allow"] == "POST"
    assert "alone-card" in answer.content.decode()


def test_a_form_without_its_token_is_explained() -> None:
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/auth/login/", {"login": "A001", "password": "x"})
    assert answer.status_code == 403
    assert "alone-card" in answer.content.decode()


@pytest.mark.parametrize(
    "exception",
    [
        ValueError("A string literal cannot contain NUL (0x00) characters."),
        UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed"),
    ],
)
def test_what_the_database_cannot_store_is_a_bad_request(exception: Exception) -> None:
    answer = RefusalMiddleware(lambda request: HttpResponse()).process_exception(
        RequestFactory().post("/staff/add/"), exception
    )
    assert answer is not None
    assert answer.status_code == 400


def test_a_fault_of_ours_stays_a_fault() -> None:
    middleware = RefusalMiddleware(lambda request: HttpResponse())
    assert middleware.process_exception(RequestFactory().get("/"), ValueError("something else")) is None


def test_the_fault_page_needs_neither_session_nor_database(
    django_assert_num_queries: Callable[[int], object],
) -> None:
    from ecdept.views import server_error

    with django_assert_num_queries(0):  # type: ignore[attr-defined]
        answer = server_error(HttpRequest())
    assert answer.status_code == 500
    assert "alone-card" in answer.content.decode()
