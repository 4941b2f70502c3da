"""Behind TLS: everything over https, cookies that go no other way, and the browser told to remember it."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from ecdept.embedded.home import ROOT

ASK = """
import json, django
django.setup()
from django.conf import settings
from django.test import Client
plain = Client().get("/auth/login/", headers={"host": "localhost"})
forwarded = Client().get("/healthz", headers={"host": "localhost", "x-forwarded-proto": "https"})
print(json.dumps({
    "plain": [plain.status_code, plain.get("Location", "")],
    "hsts": forwarded.get("Strict-Transport-Security", ""),
    "cookies": [settings.SESSION_COOKIE_SECURE, settings.CSRF_COOKIE_SECURE, settings.LANGUAGE_COOKIE_SECURE,
                settings.SESSION_COOKIE_HTTPONLY],
}))
"""


def answered(https: str) -> dict[str, object]:
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "ecdept.settings", "ECDEPT_HTTPS": https}
    done = subprocess.run(
        [sys.executable, "-c", ASK], cwd=ROOT, env=env, capture_output=True, text=True, check=True
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def test_it_is_told_to_come_by_https_only() -> None:
    found = answered("1")
    assert found["plain"] == [301, "https://localhost/auth/login/"]
    assert found["hsts"] == "max-age=31536000; includeSubDomains; preload"
    assert found["cookies"] == [True, True, True, True]
