"""`./dev up`: servers, database, web, worker and beat until somebody says stop; one that dies stops all."""

import argparse
import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence

from ecdept.embedded.home import ROOT, CannotRun, Home, chosen_home, wait_until
from ecdept.embedded.processes import Child, start
from ecdept.embedded.servers import Servers, environment

#: How long the first ready answer may take; a worker that never comes up is said, not waited for.
READY_WITHIN = 180.0


def up(arguments: Sequence[str]) -> int:
    """Serve on http://localhost:PORT. Raises `CannotRun` when something does not start or dies."""
    options = _parser().parse_args(arguments)
    home = chosen_home()
    if not home.lock("up"):
        holder = home.holder()
        raise CannotRun(
            f"{home.path} is already in use by process {holder.get('pid', '?')} "
            f"(./dev {holder.get('purpose', '')}); stop it first, or set ECDEPT_HOME to another folder."
        )
    with contextlib.ExitStack() as stack:
        stack.callback(home.unlock)
        sockets = stack.enter_context(_listening(options.port))
        servers = Servers(home)
        servers.start()
        stack.callback(servers.stop)
        env = _environment(home, servers, options)
        found = _prepare(home, env, options)
        home.note(purpose="up", ready=True, site=env["SITE_URL"])
        programs = _start_programs(home, env, sockets)
        stack.callback(_stop_all, programs)
        watched = [*programs, *servers.children()]
        for bound in sockets:
            bound.close()
        _wait_ready(options.port, watched)
        # Only now: nothing that people wait for needs it.
        keeper = start_keeper(home, env)
        stack.callback(keeper.stop, 1)
        watched.append(keeper)
        _announce(home, options.port, found)
        _watch(watched)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="dev up", description="Serve the application with everything it needs."
    )
    parser.add_argument("--port", type=_port, default=8000, metavar="N", help="port on localhost (8000)")
    parser.add_argument(
        "--book", choices=["site", "mall"], help="rulebook in force from today (first time: site)"
    )
    parser.add_argument("--empty", action="store_true", help="no demo company: only a first administrator")
    return parser


def _port(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 5 and 1 <= int(text) <= 65535):
        raise argparse.ArgumentTypeError("a port is between 1 and 65535")
    return int(text)


@contextlib.contextmanager
def _listening(port: int) -> Iterator[list[socket.socket]]:
    """Our port on both loopback addresses, bound but not yet answering. `CannotRun` when it is taken."""
    bound: list[socket.socket] = []
    try:
        for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
            try:
                listener = socket.socket(family, socket.SOCK_STREAM)
            except OSError:
                continue  # a machine without IPv6
            bound.append(listener)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            try:
                listener.bind((address, port))
            except PermissionError as error:
                raise CannotRun(
                    f"port {port} may not be used by this account; choose another with --port."
                ) from error
            except OSError as error:
                if family == socket.AF_INET6 and error.errno not in _TAKEN:
                    bound.pop().close()
                    continue
                raise CannotRun(
                    f"port {port} is taken by another program; choose another with --port."
                ) from error
        yield bound
    finally:
        for listener in bound:
            listener.close()


#: Logins for migrations, restores and making databases only.
OWNING = ("DATABASE_OWNER_URL", "DATABASE_ADMIN_URL")
_TAKEN = {98, 48}  # EADDRINUSE on Linux and on macOS


def _environment(home: Home, servers: Servers, options: argparse.Namespace) -> dict[str, str]:
    env = environment(home, servers.postgres, servers.valkey)
    env["SITE_URL"] = os.environ.get("SITE_URL") or f"http://localhost:{options.port}"
    env.setdefault("ECDEPT_CLOCK_NETWORKS", "127.0.0.0/8,::1/128")  # whoever reaches this server sits at it
    metrics = home.run / "metrics"
    metrics.mkdir(mode=0o700, exist_ok=True)
    for old in metrics.glob("*.db"):
        old.unlink()
    env["PROMETHEUS_MULTIPROC_DIR"] = str(metrics)
    return env


def _prepare(home: Home, env: dict[str, str], options: argparse.Namespace) -> dict[str, object]:
    """Bring database and static files up to this code; returns what is to be told (see `prepare.py`)."""
    command = [
        sys.executable,
        "-m",
        "ecdept.embedded.prepare",
        json.dumps({"book": options.book, "empty": options.empty}),
    ]
    done = subprocess.run(
        command,
        env={**env, "LOG_LEVEL": env.get("LOG_LEVEL", "WARNING")},
        stdout=subprocess.PIPE,
        cwd=ROOT,
        check=False,
    )
    if done.returncode != 0:
        raise CannotRun(
            done.stdout.decode().strip() or "the database could not be prepared; the reason is above."
        )
    found = json.loads(done.stdout)
    return found if isinstance(found, dict) else {}


def program_commands(home: Home, binds: Sequence[str]) -> dict[str, list[str]]:
    """What runs beside the servers: name → command. `binds` are gunicorn addresses."""
    celery = [sys.executable, "-m", "celery", "--quiet", "-A"]
    schedule = str(home.run / "celerybeat-schedule")
    web = [part for each in binds for part in ("--bind", each)]
    return {
        "web": [sys.executable, "-m", "gunicorn", "--config", "python:ecdept.webserver", *web, "ecdept.wsgi"],
        "worker": [*celery, "ecdept", "worker", "-c", "2", "--without-gossip", "--without-mingle"],
        "beat": [*celery, "ecdept.beat", "beat", "--pidfile=", "--schedule", schedule],
    }


def start_program(
    home: Home, name: str, command: Sequence[str], env: Mapping[str, str], pass_fds: Sequence[int] = ()
) -> Child:
    """Start one of `program_commands`, without the logins that own the tables.

    Their logs are what they write on stderr. Celery says good-bye on stdout, in words for a terminal: those
    would be the only lines of its log that are no JSON.
    """
    served = {key: value for key, value in env.items() if key not in OWNING}
    served["ECDEPT_PROCESS"] = name
    return start(home, name, command, env=served, cwd=ROOT, pass_fds=pass_fds, log_stdout=False)


def start_keeper(home: Home, env: Mapping[str, str]) -> Child:
    """The one program with the owner's login: it makes backups and restores them for a drill, and serves nobody.

    It is made to be killed at any instant, so it is: no stop waits for a long dump."""
    command = [
        sys.executable,
        "-m",
        "celery",
        "--quiet",
        "-A",
        "ecdept",
        "worker",
        "-P",
        "solo",
        "-Q",
        "backups",
    ]
    command += ["-n", "keeper@%h", "--without-gossip", "--without-mingle"]
    served = {key: value for key, value in env.items() if key != "DATABASE_ADMIN_URL"}
    served["ECDEPT_PROCESS"] = "keeper"
    return start(home, "keeper", command, env=served, cwd=ROOT, stop_signal=signal.SIGKILL, log_stdout=False)


def _start_programs(home: Home, env: Mapping[str, str], sockets: Sequence[socket.socket]) -> list[Child]:
    numbers = [each.fileno() for each in sockets]
    commands = program_commands(home, [f"fd://{number}" for number in numbers])
    return [
        start_program(home, name, command, env, numbers if name == "web" else ())
        for name, command in commands.items()
    ]


def _wait_ready(port: int, watched: Sequence[Child]) -> None:
    """Until /readyz says 200: web answers, database, broker, worker and beat do their work."""
    words = "no answer"
    for _ in wait_until(READY_WITHIN, 0.1):
        _complain_about_dead(watched)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request("GET", "/readyz", headers={"Host": f"localhost:{port}"})
            answer = connection.getresponse()
            body = answer.read().decode(errors="replace")
            if answer.status == 200:
                return
            words = f"/readyz says {answer.status} {body[:200]}"
        except (OSError, http.client.HTTPException):
            continue
        finally:
            connection.close()
    raise CannotRun(
        f"it was not ready within {READY_WITHIN:.0f} seconds: {words}; logs are in {watched[0].log.parent}."
    )


def _announce(home: Home, port: int, found: Mapping[str, object]) -> None:
    say = sys.stdout.write
    logins = found.get("logins")
    if isinstance(logins, list) and logins:
        say("Demo company. Sign in as any of these; where a code is asked for: ./dev manage demo_logins\n")
        width = max(len(str(each["username"])) for each in logins)
        for each in logins:
            code = "  (asks for a code)" if each.get("totp_secret") else ""
            say(f"  {each['username']!s:<{width}}  {each['password']}  {each['who']}{code}\n")
    say(f"Data, logs and backups: {home.path}\n")
    say(f"ready: http://localhost:{port}\n")
    sys.stdout.flush()


def _watch(watched: Sequence[Child]) -> None:
    while True:
        _complain_about_dead(watched)
        time.sleep(0.2)


def _complain_about_dead(watched: Sequence[Child]) -> None:
    for child in watched:
        code = child.popen.poll()
        if code is not None:
            how = f"by signal {-code}" if code < 0 else f"with code {code}"
            raise CannotRun(
                f"{child.name} ended unexpectedly {how}, so everything was stopped; its log is {child.log}."
            )


def _stop_all(programs: Sequence[Child]) -> None:
    """Ask all at once, then wait for each: they end side by side."""
    for child in programs:
        with contextlib.suppress(ProcessLookupError):
            if not child.ended():
                child.popen.send_signal(child.stop_signal)
    for child in programs:
        child.stop(patience=15)
