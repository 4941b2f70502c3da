"""Verbs of going live and of ending: asked for, agreed to, carried out by who publishes (C4, C5, C6.1, M2, M3).

What goes live is the version that was agreed to, by its digest, in the column and for the times that were agreed to;
the database compares. Nothing here hides content at once: that is a takedown (C6.7).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from cms.models import Ending, Item, Publication, Version, WordList
from cms.rules import content, html
from cms.selectors import access, asked, live
from cms.selectors.assets import not_final
from cms.selectors.words import Findings, scan_version
from cms.services.reading import read_files
from cms.services.writing import locked
from office.approvals import api as approvals
from office.audit import api as audit
from office.enumerating import enumerated
from office.errors import Conflict, Invalid, NotFound, Refused
from office.rulebook import api as rulebook
from office.rulebook.selectors import holds
from office.staff.models import Employee

VERBS = {
    "cms.publish": _("Published to the site"),
    "cms.end": _("Ended before its time"),
    "cms.bring_back": _("Back on the site: taken down without ground"),
}


class Blocked(Refused):
    """The text holds words that stop it. `findings`: where."""

    code = "words"

    def __init__(self, findings: Findings, clause: str) -> None:
        words = sorted({hit.found for hit in findings.blocking})
        super().__init__(
            _("This text cannot be handed in: it holds {words}. Please take the words out.").format(
                words=enumerated(words[:8])
            ),
            clause=clause,
            words=words[:20],
        )
        self.findings = findings


def submit_item(
    *,
    item_id: int,
    by: Employee,
    now: datetime,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    comment: str = "",
) -> approvals.Run:
    """Ask that the newest version go live: at once when it is carried out, or from `starts_at` on; until `ends_at`.

    Words decide too (C6.4 to C6.6): some stop it, some put it on the longer chain. Raises NotFound, Forbidden, Invalid
    (times, source), Blocked, Refused (`unread`: C4.4), Conflict (`running`, `taken_down`).
    """
    with transaction.atomic():
        item = locked(item_id)
        access.require_author(by, item.kind, now)
        _check_hidden(item)
        version = item.newest
        if version is None:
            raise NotFound(_("There is no such content."))
        _check_times(starts_at, ends_at, now)
        _check_product(item, now)
        _check_text(item)
        _check_posters(version, now)
        read_files([sha256 for sha256, _name in version.files], now)
        findings = scan_version(version)
        if findings.blocking:
            raise Blocked(findings, _clause_of(findings))
        _check_unread(version, findings)
        flags = [*item.flags, *([content.WORDS] if findings.second else [])]
        payload = {
            "item": item.pk,
            "version": version.pk,
            "number": version.number,
            "digest": version.digest,
            "column": item.column_id,
            "from": starts_at,
            "until": ends_at,
            "flags": flags,
            "words": [
                {"list": hit.list_code, "word": hit.word, "severity": hit.severity} for hit in findings.hits
            ][:200],
        }
        kind = content.approval_of(item.kind)
        returned = _returned(item, kind, by)
        if returned is not None and sorted(returned.flags) == sorted(flags):
            return approvals.resubmit(run_id=returned.pk, payload=payload, by=by, now=now, comment=comment)
        if returned is not None:  # another chain than the one it went by
            approvals.withdraw(
                run_id=returned.pk, by=by, now=now, reason=str(_("Asked again with other marks."))
            )
        return approvals.submit(
            kind=kind, subject=item.subject, payload=payload, by=by, now=now, flags=flags, comment=comment
        )


def submit_again(run: approvals.Run, by: Employee, now: datetime, comment: str) -> approvals.Run:
    """The same times once more, with the words, files and marks looked at as they are now (`Kind.again`)."""
    said = run.payload
    return submit_item(
        item_id=said["item"],
        by=by,
        now=now,
        starts_at=instant_of(said, "from"),
        ends_at=instant_of(said, "until"),
        comment=comment,
    )


def _returned(item: Item, kind: str, by: Employee) -> approvals.Run | None:
    found: approvals.Run | None = approvals.Run.objects.filter(
        kind=kind, subject_type=access.SUBJECT, subject_id=str(item.pk), state="returned", requester=by
    ).first()
    return found


def _clause_of(findings: Findings) -> str:

    codes = [hit.list_code for hit in findings.blocking]
    return (
        WordList.objects.filter(code__in=codes).values_list("clause", flat=True).order_by("clause").first()
        or ""
    )


def _check_times(starts_at: datetime | None, ends_at: datetime | None, now: datetime) -> None:
    errors = []
    if ends_at is not None and ends_at <= (starts_at or now):
        message = _("It cannot end before it begins.")
        errors.append({"path": "until", "code": "order", "message": str(message)})
    elif ends_at is not None and ends_at <= now:
        message = _("This time is over already.")
        errors.append({"path": "until", "code": "past", "message": str(message)})
    if errors:
        raise Invalid(_("Not handed in: please look at the times."), errors=errors)


def _check_text(item: Item) -> None:
    """Something to read, except where a title and a link are all there is."""
    version = item.newest
    if version is None or item.kind in content.PASSING or item.kind == content.POSTER:
        return
    if not version.body:
        message = _("There is nothing to read yet.")
        raise Invalid(message, errors=[{"path": "body", "code": "required", "message": str(message)}])


def _check_posters(version: Version, now: datetime) -> None:
    """A poster is shown once the superior has agreed to it (J4). Raises Refused."""
    open_ones = not_final([sha256 for sha256, _name in version.files], now)
    if open_ones:
        said = _("The poster “{title}” is not final yet: the superior agrees to it first.")
        raise Refused(
            said.format(title=open_ones[0].title),
            clause="J4",
            code="poster",
        )


def _check_product(item: Item, now: datetime) -> None:
    """Product information is accurate (C4.4): what it says can be looked up, and somebody else has."""
    version = item.newest
    if item.kind != content.PRODUCT or version is None:
        return
    rule = rulebook.parameter_rule("cms.product_checks", now)
    if rule.flag("source_evidence"):
        missing = [
            {
                "path": name,
                "code": "required",
                "message": str(_("Product information says where it comes from.")),
            }
            for name in ("summary", "source")
            if not getattr(version, name)
        ]
        if not (version.source_url or version.files):
            message = _("Give the address of the source, or attach it.")
            missing.append({"path": "source_url", "code": "required", "message": str(message)})
        if missing:
            raise Invalid(
                _("Not handed in: product information needs its source."),
                errors=missing,
                clause=rule.clause,
                code="evidence",
            )
    if rule.flag("second_reader"):
        _require_reading(
            version, rule.clause, _("A second reader has to compare this version with its source first.")
        )


def _check_unread(version: Version, findings: Findings) -> None:
    """What the word lists cannot search, a second person has read (C6.4). Raises Refused (`unread`)."""
    if findings.unread:
        said = _("“{name}” cannot be searched for words: a second reader has to read it first.")
        _require_reading(version, "C6.4", said.format(name=findings.unread[0]))


def _require_reading(version: Version, clause: str, missing: object) -> None:
    """Raises Refused (`unread`) unless somebody else read this version and found it right."""
    last = version.readings.order_by("-id").first()
    if last is None:
        raise Refused(missing, clause=clause, code="unread")
    if not last.right:
        said = _("The second reader found something wrong: “{note}”.").format(note=last.note)
        raise Refused(said, clause=clause, code="unread")


# -- what the approvals engine asks the desk -----------------------------------------------------------------------


def fields(subject_id: str) -> Mapping[str, str]:
    """What an edit would change, in texts."""
    item = Item.objects.select_related("newest", "column").get(pk=int(subject_id))
    version = item.newest
    texts = {name: getattr(version, name) for name in content.TEXTS} if version else {}
    return {
        **texts,
        "files": repr(version.files) if version else "",
        "column": item.column.slug,
        **{name: str(getattr(item, name)) for name, _label in content.FLAGS},
        "hidden": "" if item.hidden_at is None else item.hidden_at.isoformat(),
    }


def check(payload: Mapping[str, Any]) -> None:
    """Raises Invalid for what names no version."""
    whole = all(isinstance(payload.get(name), int) for name in ("item", "version", "column"))
    if not whole or not isinstance(payload.get("digest"), str):
        raise Invalid(_("The request for a publication is incomplete."), code="payload")


def instant_of(payload: Mapping[str, Any], name: str) -> datetime | None:
    said = payload.get(name)
    return parse_datetime(said) if isinstance(said, str) else None


def apply(run: approvals.Run, payload: Mapping[str, Any], by: Employee | None, now: datetime) -> None:
    """As the engine calls it."""
    put_live(run=run, payload=payload, by=by, now=now)


def put_live(*, run: approvals.Run, payload: Mapping[str, Any], by: Employee | None, now: datetime) -> None:
    """The agreed version goes live: now, or when its time begins; inside the execution of its request.

    The words are looked for once more: the lists may have changed since it was handed in. Raises Forbidden (C6.1),
    Blocked, Conflict (its time is over, it was taken down, its words now ask for the longer chain)."""
    item = Item.objects.select_for_update(no_key=True, of=("self",)).get(pk=payload["item"])
    if by is not None:
        access.require_publisher(by, item.kind, now)
    back = _check_hidden(item)
    asked_from, asked_until = instant_of(payload, "from"), instant_of(payload, "until")
    starts_at = max(now, asked_from) if asked_from else now
    if asked_until is not None and asked_until <= starts_at:
        raise Conflict(
            _("The time for which this was agreed to is over. Ask again with another."), code="time_over"
        )
    _check_words(run, payload)
    publication = Publication.objects.create(
        item=item,
        version_id=payload["version"],
        column_id=payload["column"],
        digest=payload["digest"],
        asked_from=asked_from,
        asked_until=asked_until,
        at=now,
        starts_at=starts_at,
        ends_at=asked_until,
        run=run,
        by=by,
    )
    data = {
        "publication": publication.pk,
        "version": payload.get("number"),
        "digest": payload["digest"],
        "from": starts_at.isoformat(),
        "until": asked_until.isoformat() if asked_until else None,
        "run": run.pk,
    }
    audit.record("cms.publish", subject=item.subject, by=by, now=now, clause=run.clause, data=data)
    if back:
        for subject in (item.subject, *(each.subject for each in item.takedowns.all())):
            audit.record("cms.bring_back", subject=subject, by=by, now=now, clause="C6.7", data=data)


def _check_hidden(item: Item) -> bool:
    """Whether it comes back after a takedown. Raises Conflict (`taken_down`) unless the case about it was closed as
    unfounded."""
    if not live.kept_hidden(item):
        return False
    if not live.may_return(item):
        raise Conflict(
            _("This was taken down: it is evidence now. It comes back when the case is closed as unfounded."),
            code="taken_down",
            clause="C6.7",
        )
    return True


def _check_words(run: approvals.Run, payload: Mapping[str, Any]) -> None:
    version = Version.objects.get(pk=payload["version"])
    findings = scan_version(version)
    if findings.blocking:
        raise Blocked(findings, _clause_of(findings))
    if findings.second and content.WORDS not in run.flags:
        words = sorted({hit.found for hit in findings.second})
        raise Conflict(
            _(
                "Since this was handed in, the word lists ask for the longer chain because of {words}. Ask anew."
            ).format(words=enumerated(words[:8])),
            code="chain_differs",
        )


def execute_rule(run: approvals.Run) -> str:
    """News and important information have forty-eight hours (C5.2, M3)."""
    return "cms.publish_news" if run.kind == "cms.news" or content.IMPORTANT in run.flags else ""


# -- ending before the time ----------------------------------------------------------------------------------------


def end_item(*, item_id: int, reason: str, by: Employee, now: datetime) -> Ending | approvals.Run:
    """Take what is live (or will be) off the site: headlines and advertisements at once, by who publishes them (C3.2);
    everything else asks for agreement like any change of a page (C6.1).

    Raises NotFound, Forbidden, Invalid (reason), Conflict (`not_live`, `running`).
    """
    with transaction.atomic():
        item = locked(item_id)
        said = html.line(reason)[:300]
        if not said:
            message = _("Please give the reason.")
            raise Invalid(message, errors=[{"path": "reason", "code": "required", "message": str(message)}])
        publication = live.ending_next(item, now)
        if publication is None:
            raise Conflict(_("Nothing of this is on the site, or will be."), code="not_live")
        if item.kind in rulebook.parameter_rule("cms.changed_as_needed", now).texts():
            access.require_publisher(by, item.kind, now)
            return _end(publication, said, None, "C3.2", by, now)
        if not holds(by, content.publisher_rule(item.kind), now):
            access.require_author(by, item.kind, now)
        payload = {"item": item.pk, "publication": publication.pk, "reason": said}
        returned = next(
            (
                run
                for run in approvals.runs_about(item.subject, by, now)
                if run.kind == content.ENDING and asked.again(run, by)
            ),
            None,
        )
        if returned is not None:
            return approvals.resubmit(run_id=returned.pk, payload=payload, by=by, now=now, comment=said)
        return approvals.submit(
            kind=content.ENDING, subject=item.subject, payload=payload, by=by, now=now, comment=said
        )


def _end(
    publication: Publication,
    reason: str,
    run: approvals.Run | None,
    clause: str,
    by: Employee | None,
    now: datetime,
) -> Ending:
    ending = Ending.objects.create(
        publication=publication,
        item_id=publication.item_id,
        reason=reason,
        at=now,
        run=run,
        authority_clause=clause,
        by=by,
    )
    audit.record(
        "cms.end",
        subject=publication.item.subject,
        by=by,
        now=now,
        clause=clause or (run.clause if run else ""),
        data={"publication": publication.pk, "reason": reason, "run": run.pk if run else None},
    )
    return ending


def end_fields(subject_id: str) -> Mapping[str, str]:
    """A publication meanwhile is another matter."""
    latest = (
        Publication.objects.filter(item_id=int(subject_id))
        .order_by("-id")
        .values_list("id", flat=True)
        .first()
    )
    return {"publication": str(latest or "")}


def end_check(payload: Mapping[str, Any]) -> None:
    """Raises Invalid."""
    if not isinstance(payload.get("publication"), int) or not isinstance(payload.get("reason"), str):
        raise Invalid(_("The request for an early end is incomplete."), code="payload")


def end_apply(run: approvals.Run, payload: Mapping[str, Any], by: Employee | None, now: datetime) -> None:
    """Raises Forbidden, Conflict (it has ended by itself meanwhile)."""
    publication = Publication.objects.select_related("item").get(pk=payload["publication"])
    if by is not None:
        access.require_publisher(by, publication.item.kind, now)
    if Ending.objects.filter(publication=publication).exists():
        raise Conflict(_("It has ended already."), code="ended")
    _end(publication, payload["reason"], run, "", by, now)
