"""Forms of the supplier's door: for the office who sends links, for the contact who answers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from contracts.models import DoorCode, DoorLink, SupplierContact

PURPOSES = [(DoorLink.Purpose.PAPERS.value, DoorLink.Purpose.PAPERS.label)]


class SendLinkForm(forms.Form):
    """To whom, for what, and how. A single paper's link is sent from that paper's page."""

    contact = forms.ModelChoiceField(label=_("Contact"), queryset=SupplierContact.objects.none())
    purpose = forms.ChoiceField(choices=DoorLink.Purpose.choices, widget=forms.HiddenInput)
    paper = forms.IntegerField(required=False, min_value=1, max_value=2**62, widget=forms.HiddenInput)
    way = forms.ChoiceField(
        label=_("How it leaves"),
        required=False,
        choices=[
            ("", _("I copy it and send it myself")),
            (DoorCode.Way.MAIL.value, _("by e-mail")),
            (DoorCode.Way.SMS.value, _("by text message")),
        ],
    )

    def __init__(self, *args: Any, supplier_id: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["contact"].queryset = SupplierContact.objects.filter(  # type: ignore[attr-defined]
            supplier=supplier_id, active=True
        ).order_by("pk")
        contacts = self.fields["contact"].queryset  # type: ignore[attr-defined]
        if not self.is_bound and contacts:
            self.initial.setdefault("contact", contacts[0].pk)

    def arguments(self) -> dict[str, Any]:
        given = self.cleaned_data
        return {
            "contact_id": given["contact"].pk,
            "purpose": given["purpose"],
            "paper_id": given["paper"],
            "way": given["way"],
        }
