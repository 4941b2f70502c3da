"""What the page of a request shows of content: what changes, its source, the words that were found, the text."""

from __future__ import annotations

from datetime import datetime

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from cms.models import Column, Item, Publication, SecondReading, Version
from cms.rules import compare, content, html
from cms.selectors import live, words
from office.approvals import api as approvals
from office.staff.models import Employee

EXCERPT = 160


def field_name(name: str) -> str:
    """As people call a field that changed."""
    names = {
        "title": _("Content title"), "summary": _("Summary"), "body": _("Body"), "author": _("Author"),
        "source": _("Source"), "source_url": _("Address of the source"), "link": _("Leads to"),
        "files": _("Files"), "column": _("Site column"), "confidential": _("Confidential"),
        "copyright": _("Under somebody’s copyright"), "important": _("Important"), "hidden": _("Taken down"),
        "publication": _("Publication"),
    }  # fmt: skip
    return names.get(name, name)


def version_of(run: approvals.Run) -> Version:
    """The version that the request is about."""
    found: Version = Version.objects.select_related("item", "item__column", "written_by").get(
        pk=run.payload["version"]
    )
    return found


def shown_before(run: approvals.Run, item: Item) -> Version | None:
    """What was on the site when it was asked for; once carried out, what was there before it."""
    now = run.executed_at or run.ended_at or run.submitted_at
    found = (
        live.live_at(now).filter(item=item).exclude(run_id=run.pk).select_related("version").first()
        if run.executed_at is None
        else Publication.objects.filter(item=item, starts_at__lt=now)
        .exclude(run_id=run.pk)
        .select_related("version")
        .order_by("-starts_at", "-id")
        .first()
    )
    return found.version if found else None


def changes(run: approvals.Run) -> list[approvals.Change]:
    """Against what is on the site; of something new, what it says. Texts in short: the whole stands below."""
    version, payload = version_of(run), run.payload
    before = shown_before(run, version.item)
    found = []
    for name in content.TEXTS:
        old, new = getattr(before, name) if before else "", getattr(version, name)
        if old != new:
            if name == "body":
                old, new = html.excerpt(old, EXCERPT), html.excerpt(new, EXCERPT)
                if old == new:
                    old, new = _("(the text as it was)"), _("(changed further down)")
            found.append(approvals.Change(name, field_name(name), old, new))
    files = [name for _sha, name in version.files]
    if files != ([name for _sha, name in before.files] if before else []):
        found.append(
            approvals.Change(
                "files", field_name("files"), ", ".join(name for _sha, name in before.files) if before else "",
                ", ".join(files),
            )
        )  # fmt: skip
    column = Column.objects.get(pk=payload["column"])
    found.append(approvals.Change("column", field_name("column"), "", column.name))
    for key, label in (("from", _("Goes live")), ("until", _("Comes off"))):
        said = payload.get(key)
        if said:
            found.append(
                approvals.Change(
                    key, label, "", f"{localtime(datetime.fromisoformat(said)):%Y-%m-%d %H:%M:%S}"
                )
            )
    marks = [field_name(flag) for flag in payload.get("flags", ()) if flag != content.WORDS]
    if marks:
        found.append(approvals.Change("flags", _("Marks"), "", _(", ").join(marks)))
    return found


def evidence(run: approvals.Run) -> list[approvals.Evidence]:
    """Where it comes from, who read it a second time, what the word lists found."""
    version = version_of(run)
    found = [
        approvals.Evidence(
            _("Written by"),
            f"{version.written_by.name} · {version.item.department}".rstrip(" ·"),
            at=version.at,
        )
    ]
    if version.source or version.source_url:
        found.append(approvals.Evidence(_("Source"), version.source, url=version.source_url))
    for reading in SecondReading.objects.filter(version=version).select_related("reader").order_by("id"):
        said = _("right") if reading.right else _("wrong")
        text = f"{reading.reader.name}: {said}" + (f" · {reading.note}" if reading.note else "")
        found.append(approvals.Evidence(_("Second reading"), text, at=reading.at))
    hits = run.payload.get("words", [])
    if hits:
        lists = sorted({hit["list"] for hit in hits})
        text = _("{n} hits: {lists}").format(n=len(hits), lists=_(", ").join(map(words.list_name, lists)))
        found.append(approvals.Evidence(_("Words"), text))
    return found


def exhibits(run: approvals.Run, person: Employee, now: datetime) -> list[approvals.Exhibit]:
    """The whole text with the words in place, and what differs from what is on the site."""
    version = version_of(run)
    findings = words.scan_version(version)
    before = shown_before(run, version.item)
    found = [
        approvals.Exhibit(
            _("The text as it would be shown"),
            "cms/_text.html",
            {"version": version, "findings": findings, "by_field": by_field(findings)},
        )
    ]
    if before is not None:
        found.append(
            approvals.Exhibit(
                _("Compared with what is on the site"), "cms/_compare.html", compared(before, version)
            )
        )
    return found


def by_field(findings: words.Findings) -> dict[str, list[words.Passage]]:
    found: dict[str, list[words.Passage]] = {}
    for passage in findings.passages:
        found.setdefault(passage.field, []).append(passage)
    return found


def compared(before: Version, after: Version) -> dict[str, object]:
    """The context of cms/_compare.html: each short text that differs, word for word, and the body by paragraphs."""
    short = [
        (field_name(name), compare.words(getattr(before, name), getattr(after, name)))
        for name in content.TEXTS
        if name != "body" and getattr(before, name) != getattr(after, name)
    ]
    old, new = html.paragraphs(before.body), html.paragraphs(after.body)
    files = [name for _sha, name in before.files], [name for _sha, name in after.files]
    return {
        "before": before,
        "after": after,
        "short": short,
        "lines": compare.paragraphs(old, new) if before.body != after.body else [],
        "only_form": before.body != after.body and old == new,
        "files_gone": [name for name in files[0] if name not in files[1]],
        "files_new": [name for name in files[1] if name not in files[0]],
    }


def similar(run: approvals.Run) -> str:
    """Cases of the same column count as alike."""
    return f"{run.kind}:{run.payload['column']}"


def end_changes(run: approvals.Run) -> list[approvals.Change]:
    """What would come off the site, and why."""
    found = Publication.objects.select_related("version", "column").get(pk=run.payload["publication"])
    return [
        approvals.Change("publication", _("On the site"), found.version.title, _("no longer shown")),
        approvals.Change("column", field_name("column"), found.column.name, ""),
        approvals.Change("reason", _("Reason"), "", run.payload["reason"]),
    ]


# -- columns --------------------------------------------------------------------------------------------------------


def face_name(name: str) -> str:
    """As people call what the public reads of a column."""
    names = {
        "slug": _("Address"),
        "name": _("Name"),
        "description": _("Description"),
        "place": _("Place"),
        "active": _("Shown to visitors"),
    }
    return names.get(name, name)


def column_changes(run: approvals.Run) -> list[approvals.Change]:
    """Of a column that is shown what becomes different; of a hidden one all that the public would read."""
    column, payload = Column.objects.get(pk=run.payload["column"]), run.payload
    found = []
    for name in Column.FACE:
        old, new = getattr(column, name), payload[name]
        if column.active and old == new:
            continue
        before = _said(name, old) if column.active or name == "active" else ""
        found.append(approvals.Change(name, face_name(name), before, _said(name, new)))
    return found


def _said(name: str, value: object) -> str:
    if name == "active":
        return _("shown") if value else _("hidden")
    return f"/pages/{value}/" if name == "slug" else str(value)
