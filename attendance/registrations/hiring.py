"""Hiring and careers: verbs, clocks, notices, kinds of approval, keys."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from attendance.kinds import career, exam, hiring, review
from attendance.services import candidates, probation, vacancies
from office import crypto
from office.approvals import api as approvals
from office.audit import api as audit
from office.deadlines import api as deadlines
from office.notices import api as notices
from office.subjects import numbered, register_subject


def register() -> None:
    audit.register_verbs(
        {
            "attendance.plan_headcount": _("Headcount planned"),
            "attendance.ask_vacancy": _("Vacancy asked for"),
            "attendance.change_vacancy": _("Vacancy changed"),
            "attendance.open_vacancy": _("Vacancy open"),
            "attendance.close_vacancy": _("Vacancy closed"),
            "attendance.set_pay": _("Pay scale set"),
            "attendance.describe_job": _("Job description written"),
            "attendance.add_candidate": _("Candidate added"),
            "attendance.move_candidate": _("Candidate moved on"),
            "attendance.note_candidate": _("Note on the candidate"),
            "attendance.assess_candidate": _("Assessed on trial"),
            "attendance.engage": _("Engaged on probation"),
            "attendance.erase_candidate": _("Candidate forgotten: the time is over"),
            "attendance.make_paper": _("Exam paper made"),
            "attendance.retire_paper": _("Exam paper out of use"),
            "attendance.set_exam": _("Exam set"),
            "attendance.keep_answer": _("Answer kept"),
            "attendance.score_exam": _("Exam scored"),
            "attendance.correct_exam": _("Exam points corrected"),
            "attendance.begin_probation": _("Probation began"),
            "attendance.extend_probation": _("Probation made longer"),
            "attendance.fail_probation": _("Probation not passed"),
            "attendance.confirm": _("Confirmed"),
            "attendance.change_post": _("Change of post carried out"),
            "attendance.write_kpis": _("Key figures written"),
            "attendance.publish_kpis": _("Key figures published"),
            "attendance.score_review": _("Review scored"),
            "attendance.comment_review": _("The person’s word to it"),
            "attendance.close_review": _("Review closed"),
        }
    )
    deadlines.register_kind(candidates.CLOCK, title=_("the assessment on trial"))
    deadlines.register_kind(probation.CLOCK, title=_("the confirmation at the end of probation"))
    notices.register_kind(
        "attendance.exam_set", title=_("An exam to score"), text=_("{label}: {by} names you as the examiner.")
    )
    notices.register_kind(
        "attendance.post_changed",
        title=_("Your post"),
        text=_("{what}. It has been carried out."),
        detail=career.said,
    )
    notices.register_kind(
        "attendance.kpis_published",
        title=_("Key figures published"),
        text=_("{label}: these are your key figures for the period."),
    )
    notices.register_kind(
        "attendance.review_scored",
        title=_("Your review"),
        text=_("{by} has scored you. Please say your word to it."),
    )
    notices.register_kind(
        "attendance.review_commented",
        title=_("A word to a review"),
        text=_("{by} has commented: the result can be put before the chain."),
    )
    register_subject("headcount", _("headcount plan"), lambda pk: reverse("attendance:headcount"))
    register_subject("vacancy", _("vacancy"), lambda pk: reverse("attendance:vacancy", args=[pk]))
    register_subject(
        "candidate",
        _("candidate"),
        lambda pk: reverse("attendance:candidate", args=[pk]),
        numbered(_("Candidate")),
    )
    register_subject("exam", _("exam"), lambda pk: reverse("attendance:exam", args=[pk]))
    register_subject("exam_paper", _("exam paper"), lambda pk: reverse("attendance:papers"))
    register_subject("job_description", _("job description"), lambda pk: reverse("attendance:papers"))
    register_subject("probation", _("probation"), lambda pk: reverse("attendance:probations"))
    register_subject("career", _("career"), lambda pk: reverse("attendance:change_post", args=[pk]))
    register_subject("kpi_table", _("table of key figures"), lambda pk: reverse("attendance:kpis", args=[pk]))
    register_subject("review", _("review"), lambda pk: reverse("attendance:review", args=[pk]))
    approvals.register_kind(review.kind())
    approvals.register_kind(exam.kind())
    crypto.register_resealer("candidate keys", candidates.rewrap_candidates)
    approvals.register_kind(
        approvals.Kind(
            code=vacancies.HEADCOUNT,
            name=_("Headcount plan"),
            subject_type="headcount",
            fields=hiring.headcount_fields,
            changes=hiring.headcount_changes,
            apply=hiring.headcount_apply,
            visible=hiring.sees_hiring,
            ask=hiring.ask_headcount,
        )
    )
    approvals.register_kind(
        approvals.Kind(
            code=vacancies.VACANCY,
            name=_("Vacancy"),
            subject_type="vacancy",
            fields=hiring.vacancy_fields,
            changes=hiring.vacancy_changes,
            apply=hiring.vacancy_apply,
            visible=hiring.sees_hiring,
            ask=hiring.ask_vacancy,
            field_name=hiring.field_name,
        )
    )
    approvals.register_kind(
        approvals.Kind(
            code=candidates.TRIAL,
            name=_("Engagement on probation"),
            subject_type="candidate",
            fields=hiring.trial_fields,
            changes=hiring.trial_changes,
            apply=hiring.trial_apply,
            check=candidates.check_engagement,
            visible=hiring.sees_hiring,
            exhibits=hiring.trial_exhibits,
            ask=hiring.ask_candidate,
            field_name=hiring.field_name,
        )
    )
    approvals.register_kind(
        approvals.Kind(
            code=probation.CHANGE,
            name=_("Change of post"),
            subject_type="career",
            fields=career.fields,
            changes=career.changes,
            apply=career.apply,
            visible=hiring.sees_hiring,
            closed=True,
            evidence=career.evidence,
            ask=career.ask,
            field_name=hiring.field_name,
        )
    )
