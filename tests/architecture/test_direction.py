"""Lower never knows higher: in imports (import-linter), in foreign keys (invisible to it), in the list of apps."""

from __future__ import annotations

import tomllib
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import models

ROOT = Path(settings.BASE_DIR)
LOCAL = ("ecdept", "office", "orders", "catalog", "cms", "attendance", "accounts", "backups", "contracts")


def layers() -> dict[str, int]:
    """{dotted name: its layer, counted from the top}; siblings ("orders | cms") share one."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    rows = config["tool"]["importlinter"]["contracts"][0]["layers"]
    return {name.strip(): number for number, row in enumerate(rows) for name in row.split("|")}


def local_apps() -> dict[str, str]:
    """{label: dotted name} of the apps of this repository."""
    return {
        config.label: config.name for config in apps.get_app_configs() if config.name.split(".")[0] in LOCAL
    }


def test_every_local_app_stands_in_the_layers() -> None:
    assert sorted(name for name in local_apps().values() if name not in layers()) == []


def test_every_package_with_models_is_an_installed_app() -> None:
    found = set()
    for base in LOCAL:
        for path in (ROOT / base).rglob("models*"):
            if not {"migrations", "__pycache__"} & set(path.parts):
                found.add(".".join(path.relative_to(ROOT).parent.parts))
    assert sorted(found - set(local_apps().values())) == []


def test_no_foreign_key_points_upwards() -> None:
    order = layers()
    names = local_apps()
    wrong = []
    for model in apps.get_models():
        if model._meta.app_label not in names:
            continue
        for field in model._meta.get_fields():
            target = getattr(field, "related_model", None)
            if not isinstance(field, models.Field) or not target or target._meta.app_label not in names:
                continue
            here, there = names[model._meta.app_label], names[target._meta.app_label]
            if order[there] < order[here] or (order[there] == order[here] and there != here):
                wrong.append(f"{model.__name__}.{field.name} → {target.__name__}")
    assert wrong == []


def test_the_trail_has_no_foreign_key_at_all() -> None:
    keys = [
        f"{model.__name__}.{field.name}"
        for model in apps.get_app_config("audit").get_models()
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey)
    ]
    assert keys == []
