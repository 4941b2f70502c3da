"""What IT types about a channel. Addresses and secrets go in and never come out again."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.utils.translation import gettext_lazy as _

from office.notices.models import Channel
from office.notices.senders import SendFailed
from office.notices.senders.webhook import signer
from office.staff.models import Employee, Position

#: Which settings a kind has: address, secret.
NEEDS_URL = {Channel.Kind.DINGTALK, Channel.Kind.WECOM, Channel.Kind.FEISHU, Channel.Kind.WEBHOOK}
HAS_SECRET = {Channel.Kind.DINGTALK, Channel.Kind.FEISHU, Channel.Kind.WEBHOOK}


class ChannelForm(forms.Form):
    """`channel` None: a new one, its kind is chosen; else its kind stays and blank settings are kept."""

    name = forms.CharField(label=_("Name"), max_length=60)
    kind = forms.ChoiceField(label=_("Kind"), choices=Channel.Kind.choices)
    url = forms.CharField(
        label=_("Address"),
        required=False,
        max_length=500,
        widget=forms.URLInput(attrs={"autocomplete": "off"}),
        help_text=_(
            "The robot's or receiver's address, as it gave it to you. Stored encrypted and not shown again."
        ),
    )
    secret = forms.CharField(
        label=_("Signing secret"),
        required=False,
        max_length=200,
        strip=True,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_(
            "DingTalk and Feishu: the signing key of the robot. Webhook: base64, with or without whsec_."
        ),
    )
    urgent_only = forms.BooleanField(label=_("Urgent notices only"), required=False)
    positions = forms.MultipleChoiceField(
        label=_("Notices of these posts"),
        required=False,
        choices=Position.choices,
        widget=forms.CheckboxSelectMultiple,
    )
    people = forms.ModelMultipleChoiceField(
        label=_("Notices of these people"),
        required=False,
        queryset=Employee.objects.none(),
        widget=forms.SelectMultiple(attrs={"size": 6}),
    )

    def __init__(self, *args: Any, channel: Channel | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.channel = channel
        people = self.fields["people"]
        assert isinstance(people, forms.ModelMultipleChoiceField)  # noqa: S101 - narrows the type
        people.queryset = Employee.objects.filter(is_active=True)
        if channel is not None:
            del self.fields["kind"]
            self.initial.setdefault("name", channel.name)
            self.initial.setdefault("urgent_only", channel.urgent_only)
            subscriptions = list(channel.subscriptions.all())
            self.initial.setdefault("positions", [each.position for each in subscriptions if each.position])
            self.initial.setdefault(
                "people", [each.employee_id for each in subscriptions if each.employee_id]
            )
            for name in ("url", "secret"):
                self.fields[name].widget.attrs["placeholder"] = _("unchanged")
        self.fields["urgent_only"].widget.attrs["class"] = "form-check-input"
        for name, field in self.fields.items():
            if name not in ("positions", "urgent_only"):
                field.widget.attrs.setdefault(
                    "class", "form-select" if name in ("kind", "people") else "form-control"
                )

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"]
        if url:
            try:
                parts = urlsplit(url)
                usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
            except ValueError:
                usable = False
            if not usable or any(ord(character) < 33 for character in url):
                raise forms.ValidationError(_("This is not an address that begins with https:// or http://."))
        return url

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        kind = self.channel.kind if self.channel else cleaned.get("kind", "")
        if kind in NEEDS_URL and self.channel is None and not cleaned.get("url") and "url" not in self.errors:
            self.add_error("url", _("This kind of channel needs an address."))
        if kind == Channel.Kind.WEBHOOK and cleaned.get("secret"):
            try:
                signer(cleaned["secret"])
            except SendFailed:
                self.add_error("secret", _("The secret is not base64."))
        return cleaned

    def config(self) -> dict[str, str]:
        """What was typed of the settings, for the channel's kind."""
        kind = self.channel.kind if self.channel else self.cleaned_data["kind"]
        config = {}
        if kind in NEEDS_URL and self.cleaned_data["url"]:
            config["url"] = self.cleaned_data["url"]
        if kind in HAS_SECRET and self.cleaned_data["secret"]:
            config["secret"] = self.cleaned_data["secret"]
        return config


def read_key(text: str | None) -> int | None:
    """A page's key out of an address; None for anything that is no plausible row id."""
    if text is None or not text.isascii() or not text.isdigit() or len(text) > 18:
        return None
    return int(text)
