"""Error reports carry no person."""

import json

from ecdept.observability.sentry import start_sentry, without_people


def test_without_an_address_nothing_is_reported() -> None:
    assert start_sentry("") is False


def test_a_report_keeps_the_place_and_drops_what_was_typed() -> None:
    event = {
        "message": "张三",
        "server_name": "host",
        "user": {"id": "5", "username": "张三"},
        "extra": {"sys.argv": ["--phone", "13812345678"]},
        "logentry": {"message": "no order for 张三"},
        "request": {
            "url": "https://desk.example.com/orders/?phone=13812345678",
            "method": "POST",
            "query_string": "phone=13812345678",
            "data": {"phone": "13812345678"},
            "headers": {"Cookie": "sessionid=secret"},
        },
        "exception": {
            "values": [{"type": "ValueError", "value": "13812345678", "stacktrace": {"frames": []}}]
        },
    }
    sent = without_people(event, {})
    assert sent["exception"]["values"][0]["type"] == "ValueError"
    assert sent["request"] == {"url": "https://desk.example.com/orders/", "method": "POST"}
    text = json.dumps(sent, ensure_ascii=False)
    for word in ("13812345678", "张三", "secret"):
        assert word not in text
