"""The door for ZKTeco time clocks that push (ADMS). A device asks how to behave, hands over its records, and asks for
commands, which it never gets: nothing here changes a device, and of what it holds only punches are taken. Fingerprints,
faces and pictures are asked not to be sent, and thrown away unread when they are.

The device knows no signature. It is let in by a secret address, its serial number and its network together.
"""

from __future__ import annotations

import structlog
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.http import http_date

from attendance.models import Terminal
from attendance.services import terminals
from attendance.views.answers import address_of
from office.hooks.door import door
from office.hooks.raw_body import read_body

log = structlog.get_logger(__name__)
#: Seconds between two looks of the device for news, and after an error.
DELAY, AFTER_ERROR = 30, 60


def _said(text: str, status: int = 200) -> HttpResponse:
    """Plain text; devices set their clock by the date of the answer."""
    answer = HttpResponse(text, content_type="text/plain; charset=utf-8", status=status)
    answer["Date"] = http_date()
    answer["Cache-Control"] = "no-store"
    return answer


def _device(request: HttpRequest, token: str) -> Terminal | None:
    found = terminals.let_in(
        token=token, serial=request.GET.get("SN", "")[:60], address=address_of(request), now=timezone.now()
    )
    if found is None:
        log.warning("time clock refused", door="iclock")
    return found


@door(("GET", "POST"))
def cdata(request: HttpRequest, token: str) -> HttpResponseBase:
    """GET: how to behave. POST: records; `OK: n` tells the device that they have arrived."""
    body = read_body(request) if request.method == "POST" else b""
    device = _device(request, token)
    if device is None:
        return _said("ERROR", 401)
    if request.method == "GET":
        terminals.note_firmware(terminal=device, said=request.GET.get("pushver", ""))
        return _said(_options(device))
    if request.GET.get("table", "").upper() != "ATTLOG":
        return _said("OK")
    taken = terminals.take_punches(
        terminal=device, body=body, stamp=request.GET.get("Stamp", ""), now=timezone.now()
    )
    return _said(f"OK: {taken.lines}")


@door(("GET", "POST"))
def idle(request: HttpRequest, token: str) -> HttpResponseBase:
    """The device asks for commands, reports on one, or asks whether anybody is there: nothing to do."""
    if request.method == "POST":
        read_body(request)
    return _said("OK") if _device(request, token) is not None else _said("ERROR", 401)


def _options(device: Terminal) -> str:
    """Only records of attendance, each as it happens, from where it stopped."""
    said = {
        "ATTLOGStamp": device.stamp or "None",
        "OPERLOGStamp": "9999",
        "ATTPHOTOStamp": "9999",
        "ErrorDelay": AFTER_ERROR,
        "Delay": DELAY,
        "TransTimes": "00:00;12:00",
        "TransInterval": 1,
        "TransFlag": "TransData AttLog",
        "TimeZone": device.zone,
        "Realtime": 1,
        "Encrypt": "None",
    }
    lines = [f"GET OPTION FROM: {device.serial}", *(f"{name}={value}" for name, value in said.items())]
    return "\n".join(lines) + "\n"
