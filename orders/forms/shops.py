"""What the shop pages ask for."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from office.staff.models import Employee
from orders.models import Shop


class ShopForm(forms.ModelForm[Shop]):
    """What may change of a shop; its code may not."""

    class Meta:
        model = Shop
        fields = ("name", "platform", "currency", "restricted", "active")
        help_texts = {"active": _("An inactive shop takes no webhooks and no API messages.")}

    def clean_currency(self) -> str:
        return str(self.cleaned_data["currency"]).upper()


class NewShopForm(ShopForm):
    """A new shop."""

    class Meta(ShopForm.Meta):
        fields = ("code", "name", "platform", "currency", "restricted")
        help_texts = {
            "code": _("Letters, digits, dots, dashes, underscores. It never changes: orders are known by it.")
        }


class SecretForm(forms.Form):
    """A secret that the platform made. Never rendered back."""

    secret = forms.CharField(
        label=_("Secret"),
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}, render_value=False),
    )


class PersonForm(forms.Form):
    """Whom to grant a restricted shop."""

    def __init__(self, *args: Any, people: QuerySet[Employee], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"] = forms.ModelChoiceField(label=_("Person"), queryset=people)
