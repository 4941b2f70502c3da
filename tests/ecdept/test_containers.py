"""The compose file runs what `./dev up` runs, as the settings expect it. No container engine is needed to see that."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from ecdept.embedded.postgres import APP, MAJOR, OWNER, create_database
from tests.ecdept.homes import ROOT

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
OURS = ("migrate", "web", "worker", "keeper", "beat")
#: Read by the settings without a default, so a container without them does not start.
REQUIRED = {"SECRET_KEY", "ECDEPT_KEYS", "REDIS_URL", "DATABASE_URL"}


def test_the_settings_still_require_what_the_containers_are_given() -> None:
    settings = (ROOT / "ecdept" / "settings.py").read_text()
    without_default = set(re.findall(r'env\.str\("(\w+)"\)', settings))
    assert without_default | {"DATABASE_URL"} == REQUIRED
    for name in OURS:
        assert set(SERVICES[name]["environment"]) >= REQUIRED


def test_only_the_migration_and_the_keeper_know_the_owner_login() -> None:
    holders = {name for name in OURS if "DATABASE_OWNER_URL" in SERVICES[name]["environment"]}
    assert holders == {"migrate", "keeper"}
    for name in holders:
        assert OWNER in SERVICES[name]["environment"]["DATABASE_OWNER_URL"]
        assert "ports" not in SERVICES[name]
    for name in OURS:
        assert f"//{APP}:" in SERVICES[name]["environment"]["DATABASE_URL"]
    assert SERVICES["migrate"]["command"] == ["python", "manage.py", "migrate", "--no-input"]
    assert SERVICES["migrate"]["restart"] == "no"


def test_no_secret_has_a_default() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    for name in re.findall(r"\$\{(\w*(?:PASSWORD|KEY|KEYS|TOKEN))\b", text):
        assert not re.search(rf"\$\{{{name}(?!:\?)", text), f"{name} is optional or has a default"


def test_every_process_waits_for_the_migration_and_is_checked() -> None:
    for name in ("web", "worker", "keeper", "beat"):
        assert SERVICES[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    for name in SERVICES.keys() - {"migrate"}:
        assert SERVICES[name]["healthcheck"]["test"]
    assert "http://localhost:8000/healthz" in SERVICES["web"]["healthcheck"]["test"][-1]


def test_a_worker_is_asked_by_the_name_that_the_kernel_gives_it() -> None:
    """Podman runs a health check without $HOSTNAME, and a check that names nobody never passes."""
    check = SERVICES["worker"]["healthcheck"]["test"][-1]
    assert '--destination "celery@$$(cat /proc/sys/kernel/hostname)"' in check
    assert "-n" not in SERVICES["worker"]["command"], "the worker has Celery's own name, celery@HOST"


def test_the_folders_in_memory_need_only_what_every_engine_reads() -> None:
    """Docker takes uid= and gid= for a tmpfs, Podman refuses the container."""
    for service in SERVICES.values():
        for folder in service.get("tmpfs", []):
            _, _, options = folder.partition(":")
            assert not options or re.fullmatch(r"mode=\d{4}", options), folder


def test_web_and_worker_can_be_scaled() -> None:
    for name in ("web", "worker"):
        assert "container_name" not in SERVICES[name]
    (port,) = SERVICES["web"]["ports"]
    assert re.fullmatch(r"127\.0\.0\.1:\$\{WEB_PORTS:-8000-8009\}:8000", port)


def test_the_processes_are_those_of_dev_up() -> None:
    source = (ROOT / "ecdept" / "embedded" / "up.py").read_text()
    for word in ("worker", "--without-gossip", "--without-mingle", "beat", "--pidfile=", "--quiet"):
        assert f'"{word}"' in source
        assert word in SERVICES["worker"]["command"] + SERVICES["beat"]["command"]
    assert "python:ecdept.webserver" in DOCKERFILE
    assert "python:ecdept.webserver" in source


def test_the_servers_are_the_official_images_of_the_same_major_version() -> None:
    assert SERVICES["database"]["image"] == f"postgres:{MAJOR}"
    assert SERVICES["broker"]["image"].startswith("valkey/valkey:")


def test_the_database_is_made_like_the_embedded_one() -> None:
    script = (ROOT / "deploy" / "make-database.sh").read_text()
    wanted = (
        "TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' "
        "LC_COLLATE 'C' LC_CTYPE 'C'"
    )
    assert wanted in " ".join(script.split())
    assert wanted in " ".join(str(part) for part in create_database("x").seq)


def test_nothing_runs_as_root_or_writes_outside_its_volumes() -> None:
    assert re.search(r"^USER ecdept$", DOCKERFILE, re.MULTILINE)
    for name in OURS:
        assert SERVICES[name]["read_only"] is True
        assert SERVICES[name]["cap_drop"] == ["ALL"]
    for service in SERVICES.values():
        assert service["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("name", ["requirements.txt", "deploy/make-database.sh", "manage.py"])
def test_the_files_that_the_image_needs_exist(name: str) -> None:
    assert Path(ROOT / name).exists()
