"""What the master of the web server does before it forks: all that a first page needs, and no connection."""

import json
import os
import subprocess
import sys

from tests.ecdept.homes import ROOT

SCRIPT = """
import json, sys
import ecdept.webserver
from ecdept.wsgi import application
ecdept.webserver.on_starting(None)

import threading, psutil
held = [str(each.laddr) for each in psutil.Process().net_connections("all")]
threads = threading.active_count()

from django.template.base import Template
compiled, compile = [], Template.compile_nodelist
Template.compile_nodelist = lambda self: (compiled.append(self.name), compile(self))[1]
before = set(sys.modules)
from wsgiref.util import setup_testing_defaults
environ = {"PATH_INFO": "/auth/login/", "HTTP_HOST": "localhost"}
setup_testing_defaults(environ)
said = []
b"".join(application(environ, lambda status, headers, info=None: said.append(status)))
print(json.dumps({"held": held, "threads": threads, "said": said, "compiled": compiled,
    "imported": sorted(set(sys.modules) - before - {"wsgiref", "wsgiref.util"})}))
"""


def test_the_first_page_compiles_and_imports_nothing_and_no_connection_is_forked() -> None:
    env = os.environ | {"DEBUG": "1"}  # without collected static files
    env.pop("PROMETHEUS_MULTIPROC_DIR", None)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "held": [],
        "threads": 1,
        "said": ["200 OK"],
        "compiled": [],
        "imported": [],
    }
