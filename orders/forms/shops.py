"""What the shop pages ask for."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

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
        help_texts = {"code": _("Letters, digits, dots, dashes, underscores. Orders are known by it; it never changes.")}


class SecretForm(forms.Form):
    """A secret that the platform made. Never rendered back."""

    secret = forms.CharField(
        label=_("Secret"),
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}, render_value=False),
    )


class PersonForm(forms.Form):
    """Whom to grant a restricted shop."""

    person = forms.ModelChoiceField(label=_("Person"), queryset=None)
