"""Forms of leaving and handing over."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from attendance.forms.acts import day_input, lines


class ResignForm(forms.Form):
    """S6: the last day, why, what the contract says."""

    last_day = forms.DateField(label=_("Last day at work"), widget=day_input())
    reason = forms.CharField(label=_("Reason"), max_length=500, widget=lines(3, 500))
    contract_clause = forms.CharField(
        label=_("Contract clause"),
        max_length=300,
        required=False,
        widget=lines(2, 300),
        help_text=_(
            "What your contract of employment says about notice, if it says anything: it goes before the rule."
        ),
    )
    by_agreement = forms.BooleanField(
        label=_("Earlier than the rule allows: I ask everybody who decides to agree in writing"),
        required=False,
    )


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(label=_("Reason"), max_length=300, widget=lines(2, 300))
