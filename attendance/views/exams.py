"""Exams: papers of the posts with their job descriptions, what an examiner has to score, one exam."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from attendance.forms.acts import refuse
from attendance.forms.hiring import AnswerForm, CorrectScoreForm, DescriptionForm, PaperForm, ScoreForm
from attendance.selectors import hiring as selectors
from attendance.selectors.returned import returned_run, why_returned
from attendance.services import candidates, exams, vacancies
from office.approvals import api as approvals
from office.errors import NotFound, Refused
from office.files import api as files
from office.rulebook import api as rulebook
from office.rulebook.guards import entered, permitted, person


def limits() -> files.Limits:
    """What the book says of uploads (C6.9), without videos."""
    now = timezone.now()
    image = rulebook.limit_rule("cms.upload_image", at=now)
    document = rulebook.limit_rule("cms.upload_document", at=now)
    return files.Limits(image=image.count, video=0, document=document.count, clause=document.clause)


@require_http_methods(["GET", "POST"])
@permitted(exams.PAPERS)
def papers(request: HttpRequest) -> HttpResponse:
    """Papers and job descriptions by post; writing another one."""
    me, now = person(request), timezone.now()
    describes = request.POST.get("what") == "description"
    paper_form = PaperForm(
        request.POST if request.method == "POST" and not describes else None, auto_id="paper-%s"
    )
    text_form = DescriptionForm(request.POST if describes else None, auto_id="text-%s")
    form: PaperForm | DescriptionForm = text_form if describes else paper_form
    status = 422 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        try:
            if describes:
                vacancies.describe_job(**form.cleaned_data, by=me, now=now)
            else:
                exams.make_paper(**form.cleaned_data, by=me, now=now)
        except Refused as refused:
            refuse(form, refused)
            status = refused.status
        else:
            messages.success(request, _("Recorded."))
            return redirect("attendance:papers")
    context = {
        "papers": selectors.papers(),
        "descriptions": selectors.descriptions(),
        "paper_form": paper_form,
        "text_form": text_form,
        "describes": describes,
        "bar": rulebook.limit_rule(candidates.PASS, at=now),
    }
    return render(request, "attendance/papers.html", context, status=status)


@require_POST
@permitted(exams.PAPERS)
def retire_paper(request: HttpRequest, pk: int) -> HttpResponse:
    exams.retire_paper(paper_id=pk, by=person(request), now=timezone.now())
    messages.success(request, _("Out of use."))
    return redirect("attendance:papers")


@require_GET
@login_required
def exam_list(request: HttpRequest) -> HttpResponse:
    """What a person is the examiner of: anybody may be named."""
    found = selectors.exams_of(person(request))
    context = {"exams": found, "bar": rulebook.limit_rule(candidates.PASS, at=timezone.now()).count}
    return render(request, "attendance/exams.html", context)


@require_GET
@login_required
def exam(request: HttpRequest, pk: int) -> HttpResponse:
    """For its examiner and who sees the candidate; 404 for everybody else."""
    return _show(request, pk)


def _show(
    request: HttpRequest,
    pk: int,
    *,
    answer: AnswerForm | None = None,
    score: ScoreForm | None = None,
    correct: CorrectScoreForm | None = None,
    status: int = 200,
) -> HttpResponse:
    me, now = person(request), timezone.now()
    granted = entered(request).permissions
    found = selectors.access_exam(pk, me, granted)
    given = selectors.answer_of(found)
    scored = getattr(found, "score", None)
    mine = found.examiner_id == me.pk
    back = returned_run(exams.CORRECTION, found.subject, me)
    live = next((run for run in approvals.runs_about(found.subject, me, now) if run.live), None)
    may_correct = mine and scored and (live is None or back is not None) and exams.correctable(found)
    context = {
        "exam": found,
        "given": given,
        "scored": scored,
        "bar": rulebook.limit_rule(candidates.PASS, at=now).count,
        "sees_candidate": candidates.MANAGE in granted or found.candidate.vacancy.manager_id == me.pk,
        "answer": (answer or AnswerForm(initial={"text": given.text}, auto_id="answer-%s"))
        if not scored
        else None,
        "score": (score or ScoreForm(auto_id="score-%s"))
        if mine and not scored and found.answered_at
        else None,
        "corrections": list(found.corrections.order_by("pk")),
        "correct": (correct or CorrectScoreForm(auto_id="correct-%s")) if may_correct else None,
        "live": live,
        "run": back,
        "said": why_returned(back),
    }
    return render(request, "attendance/exam.html", context, status=status)


@require_POST
@login_required
@files.takes_files(limits)
def exam_act(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """The answer that was handed in, the points, or other points."""
    me, now = person(request), timezone.now()
    selectors.access_exam(pk, me, entered(request).permissions)
    if key not in ("answer", "score", "correct"):
        raise Http404
    answer = AnswerForm(request.POST, request.FILES, auto_id="answer-%s") if key == "answer" else None
    score = ScoreForm(request.POST, auto_id="score-%s") if key == "score" else None
    correct = CorrectScoreForm(request.POST, auto_id="correct-%s") if key == "correct" else None
    form: AnswerForm | ScoreForm | CorrectScoreForm = answer or score or correct  # type: ignore[assignment]
    if not form.is_valid():
        return _show(request, pk, answer=answer, score=score, correct=correct, status=422)
    try:
        if key == "correct":
            exams.ask_correction(exam_id=pk, **form.cleaned_data, by=me, now=now)
        elif key == "score":
            exams.score_exam(exam_id=pk, **form.cleaned_data, by=me, now=now)
        else:
            bounds = limits()
            content, name = files.sent_file(request, bounds) if request.FILES.get("file") else (b"", "")
            exams.keep_answer(
                exam_id=pk,
                text=form.cleaned_data["text"],
                content=content,
                name=name,
                limits=bounds,
                by=me,
                now=now,
            )
    except NotFound:
        raise
    except Refused as refused:
        refuse(form, refused)
        return _show(request, pk, answer=answer, score=score, correct=correct, status=refused.status)
    messages.success(request, _("Recorded."))
    return redirect("attendance:exam", pk=pk)


@require_GET
@login_required
def exam_file(request: HttpRequest, pk: int) -> HttpResponse:
    """What was handed in as a file, always as a download."""
    found = selectors.access_exam(pk, person(request), entered(request).permissions)
    content, name, mime = selectors.file_of(found)
    answer = HttpResponse(content, content_type=mime)
    answer["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["Cache-Control"] = "private, no-store"
    return answer
