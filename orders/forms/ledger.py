"""Erasing a customer: find the order, then a reason."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from orders.models.customers import EraseReason
from orders.services.erasure import NOTE_LENGTH


class FindOrderForm(forms.Form):
    """An order number as the shop gives it."""

    number = forms.CharField(label=_("Order number"), max_length=64)


class EraseForm(forms.Form):
    """Why. The words of `note` stay beside the erasure, so they should not name anybody."""

    reason = forms.ChoiceField(label=_("Reason"), choices=[("", "—"), *EraseReason.choices])
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=NOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Kept with the erasure. Do not name the customer here."),
    )
