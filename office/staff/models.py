"""People, posts, and who holds which post from when to when."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class EmployeeManager(BaseUserManager["Employee"]):
    """Reads by natural key. People are made by the verb `staff.services.add_employee`."""

    def get_by_natural_key(self, username: str | None) -> Employee:
        return self.get(number=username)


class Employee(AbstractBaseUser, PermissionsMixin):
    """One person of the department; signs in with the employee number (工号)."""

    number = models.CharField(_("employee number"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=60)
    name_key = models.CharField(max_length=200, editable=False, default="")  # pinyin, for sorting
    email = models.EmailField(_("email"), blank=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    department = models.CharField(_("department"), max_length=60, blank=True)
    is_active = models.BooleanField(_("may sign in"), default=True)
    is_staff = models.BooleanField(_("may enter the admin site"), default=False)
    password_changed_at = models.DateTimeField(null=True)
    must_change_password = models.BooleanField(default=False)
    joined_at = models.DateTimeField()
    language = models.CharField(max_length=10, default="zh-hans")

    objects: ClassVar[EmployeeManager] = EmployeeManager()

    USERNAME_FIELD = "number"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        verbose_name = _("employee")
        verbose_name_plural = _("employees")
        ordering = ["name_key", "number"]

    def __str__(self) -> str:
        return f"{self.name} ({self.number})"

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name

    def natural_key(self) -> tuple[str]:
        return (self.number,)


class Position(models.TextChoices):
    """The posts of the rulebook (J). Superiors differ per book: `rulebook.superior_of`."""

    GENERAL_MANAGER = "general_manager", _("General manager")
    VICE_PRESIDENT = "vice_president", _("Vice president")
    MARKETING_DIRECTOR = "marketing_director", _("Marketing director")
    DEPARTMENT_MANAGER = "department_manager", _("Department manager")
    SUPERVISOR = "supervisor", _("Supervisor")
    OPERATIONS_MANAGER = "operations_manager", _("Site operations manager")
    PRODUCT_MANAGER = "product_manager", _("Product manager")
    PLANNER = "planner", _("Planner")
    DESIGNER = "designer", _("Designer")
    COPYWRITER = "copywriter", _("Copywriter")
    PHOTOGRAPHER = "photographer", _("Photographer")
    SITE_EDITOR = "site_editor", _("Site editor")
    SECTION_OFFICER = "section_officer", _("Section officer")
    SERVICE_AGENT = "service_agent", _("Service agent")
    SERVICE_SUPERVISOR = "service_supervisor", _("Service supervisor")
    BACK_OFFICE = "back_office", _("Back-office clerk")
    BUYER = "buyer", _("Buyer")
    QUALITY_INSPECTOR = "quality_inspector", _("Quality inspector")
    WAREHOUSE = "warehouse", _("Warehouse keeper")
    PRODUCT_OPERATIONS = "product_operations", _("Product operations")
    CULTURE_OFFICER = "culture_officer", _("Culture officer")
    HR = "hr", _("HR")
    IT_MANAGER = "it_manager", _("IT manager")
    SYSTEM_ADMINISTRATOR = "system_administrator", _("System administrator")
    WEBMASTER = "webmaster", _("Webmaster")
    TECH_SUPPORT = "tech_support", _("Technical support")


class Appointment(models.Model):
    """Who holds a post, from when to when. `acting` marks a stand-in for a vacant post (临时代理, J2)."""

    employee = models.ForeignKey(Employee, on_delete=models.PROTECT, related_name="appointments")
    position = models.CharField(_("position"), max_length=30, choices=Position.choices)
    during = DateTimeRangeField(_("from – to"))
    acting = models.BooleanField(_("acting"), default=False)
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("appointment")
        verbose_name_plural = _("appointments")
        constraints = [
            ExclusionConstraint(
                name="appointment_one_at_a_time",
                expressions=[
                    ("employee", RangeOperators.EQUAL),
                    ("position", RangeOperators.EQUAL),
                    ("during", RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(
                condition=Q(position__in=[code for code, _label in Position.choices]),
                name="appointment_position_known",
            ),
            models.CheckConstraint(condition=~Q(during__isempty=True), name="appointment_not_empty"),
        ]
        indexes = [models.Index(fields=["position"], name="appointment_position")]


class Proposal(models.Model):
    """A staff act that gives power over customers' data or decisions, waiting for a second person (C13.2).

    `during`, `position`, `acting` belong to appointments only. `decided_by` null on a decided one: the system, at a
    terminal. The database refuses that the proposer or the person concerned decides.
    """

    class Kind(models.TextChoices):
        APPOINT = "appoint", _("Appointment")
        PASSWORD = "password", _("One-time password")
        SECOND_FACTOR = "second_factor", _("New second factor")

    class State(models.TextChoices):
        PROPOSED = "proposed", _("Waits for a second person")
        CONFIRMED = "confirmed", _("Confirmed")
        REFUSED = "refused", _("Refused")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    employee = models.ForeignKey(Employee, on_delete=models.PROTECT, related_name="proposals")
    kind = models.CharField(max_length=13, choices=Kind.choices)
    position = models.CharField(_("position"), max_length=30, choices=Position.choices, blank=True)
    during = DateTimeRangeField(_("from – to"), null=True)  # type: ignore[misc]  # the stubs know no null range
    acting = models.BooleanField(_("acting"), default=False)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    proposed_by = models.ForeignKey(Employee, on_delete=models.PROTECT, related_name="proposals_made")
    proposed_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.PROPOSED)
    decided_by = models.ForeignKey(
        Employee, null=True, on_delete=models.PROTECT, related_name="proposals_decided"
    )
    decided_at = models.DateTimeField(null=True)
    decided_reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("proposal")
        verbose_name_plural = _("proposals")
        constraints = [
            models.CheckConstraint(
                condition=~Q(proposed_by=models.F("employee")), name="proposal_not_for_oneself"
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | Q(state="withdrawn") | ~Q(decided_by=models.F("proposed_by")),
                name="proposal_second_person",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=models.F("employee")),
                name="proposal_not_the_person",
            ),
            models.CheckConstraint(
                condition=Q(state="proposed", decided_at=None, decided_by=None)
                | Q(state__in=("confirmed", "refused", "withdrawn"), decided_at__isnull=False),
                name="proposal_decided_whole",
            ),
            models.CheckConstraint(
                condition=Q(
                    kind="appoint",
                    during__isnull=False,
                    position__in=[code for code, _label in Position.choices],
                )
                | Q(kind__in=("password", "second_factor"), during=None, position=""),
                name="proposal_kind_whole",
            ),
            models.UniqueConstraint(
                fields=["employee", "kind", "position"],
                condition=Q(state="proposed"),
                name="proposal_one_waiting",
            ),
        ]


class Presence(models.Model):
    """On duty from 上班 to 下班. `last_seen_at` moves while the person's pages are open."""

    employee = models.ForeignKey(Employee, on_delete=models.PROTECT, related_name="presences")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    last_seen_at = models.DateTimeField()

    class Meta:
        verbose_name = _("presence")
        verbose_name_plural = _("presences")
        constraints = [
            models.UniqueConstraint(
                fields=["employee"], condition=Q(ended_at=None), name="presence_one_open"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=models.F("started_at")), name="presence_forward"
            ),
        ]
