"""Forms of watched sites, incidents and the partner. They parse; whether an act is allowed is the verb's question."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cms.forms.acts import ActForm, lines
from cms.models import Column, PartnerContact, SiteIncident, WatchedSite
from cms.services.partner import partners
from office.notices.models import Channel


class SiteForm(forms.Form):
    """A watched site."""

    name = forms.CharField(label=_("Name"), max_length=60)
    url = forms.CharField(
        label=_("Web address"),
        max_length=300,
        help_text=_("Only hosts of the list in the settings (ECDEPT_OUTBOUND_HOSTS) are taken."),
        widget=forms.TextInput(attrs={"inputmode": "url", "placeholder": "https://www.example.com/"}),
    )
    watch_text = forms.BooleanField(label=_("Compare the text with what was approved"), required=False)
    part = forms.CharField(
        label=_("Part that counts"),
        max_length=60,
        required=False,
        help_text=_("The id of an element of the page, such as main. Empty: the whole page."),
    )
    columns = forms.ModelMultipleChoiceField(
        label=_("Columns that it shows"),
        queryset=Column.objects.all(),
        required=False,
        help_text=_("A publication in one of them explains a changed text."),
    )
    active = forms.BooleanField(label=_("Watched"), required=False)

    @classmethod
    def of(cls, site: WatchedSite | None, data: Any = None) -> SiteForm:
        """Filled with the site as it is."""
        if site is None:
            return cls(data, initial={"watch_text": True, "active": True})
        fields = ("name", "url", "watch_text", "part", "active")
        return cls(
            data, initial={**{name: getattr(site, name) for name in fields}, "columns": site.columns.all()}
        )

    def arguments(self) -> dict[str, Any]:
        """What the verb takes."""
        return {**self.cleaned_data, "columns": [column.pk for column in self.cleaned_data["columns"]]}


class ApproveForm(ActForm):
    """What stands there is right."""

    digest = forms.CharField(max_length=64, widget=forms.HiddenInput)
    reason = forms.CharField(label=_("Why this text is right"), max_length=300)


class ReportForm(forms.Form):
    """An incident that somebody saw."""

    site = forms.ModelChoiceField(label=_("Site"), queryset=WatchedSite.objects.all())
    kind = forms.ChoiceField(label=_("Kind"), choices=SiteIncident.Kind.choices)
    title = forms.CharField(label=_("What is seen"), max_length=120)
    detail = forms.CharField(
        label=_("What exactly, since when"), max_length=2000, required=False, widget=lines(4, 2000)
    )


class AcknowledgeForm(ActForm):
    """Nothing to fill in."""


class _PartnerForm(ActForm):
    partner = forms.ChoiceField(label=_("Partner"))

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["partner"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [(name, name) for name in partners(now)]


class CallForm(_PartnerForm):
    """A call that was made."""

    whom = forms.CharField(label=_("Whom you spoke to"), max_length=80)
    text = forms.CharField(label=_("What was said"), max_length=1000, widget=lines(3, 1000))
    at = forms.DateTimeField(
        label=_("When, if not just now"),
        required=False,
        widget=forms.DateTimeInput(
            attrs={"type": "datetime-local", "class": "form-control"}, format="%Y-%m-%dT%H:%M"
        ),
    )


class SendForm(_PartnerForm):
    """Words that leave by mail or a channel."""

    way = forms.ChoiceField(label=_("Send to"))
    text = forms.CharField(label=_("Message"), max_length=1000, widget=lines(4, 1000))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["way"]
        if isinstance(field, forms.ChoiceField):
            contacts = PartnerContact.objects.filter(active=True).exclude(email="")
            channels = Channel.objects.filter(enabled=True).exclude(kind=Channel.Kind.EMAIL).order_by("name")
            field.choices = [
                *((f"contact:{each.pk}", f"{each.name} · {each.email}") for each in contacts),
                *((f"channel:{each.pk}", each.name) for each in channels),
            ]

    def arguments(self) -> dict[str, Any]:
        typed = dict(self.cleaned_data)
        word, _colon, key = typed.pop("way").partition(":")
        return {
            **typed,
            "contact_id": int(key) if word == "contact" else None,
            "channel_id": int(key) if word == "channel" else None,
        }


class ResolveForm(ActForm):
    resolution = forms.CharField(label=_("How it was solved"), max_length=1000, widget=lines(3, 1000))


class CloseForm(ActForm):
    """The post-mortem."""

    cause = forms.CharField(label=_("Cause"), max_length=2000, widget=lines(3, 2000))
    effect = forms.CharField(
        label=_("Who was affected, and how long"), max_length=2000, required=False, widget=lines(2, 2000)
    )
    prevention = forms.CharField(
        label=_("What keeps it from happening again"), max_length=2000, widget=lines(3, 2000)
    )


class NoteForm(ActForm):
    text = forms.CharField(label=_("What you see or do"), max_length=1000, widget=lines(2, 1000))

    def arguments(self) -> dict[str, Any]:
        return {"text": self.cleaned_data["text"]}


class ContactForm(forms.Form):
    """Somebody at the partner."""

    name = forms.CharField(label=_("Person or desk"), max_length=60)
    phone = forms.CharField(label=_("Phone"), max_length=40, required=False)
    email = forms.EmailField(label=_("E-mail"), max_length=200, required=False)
    active = forms.BooleanField(label=_("In use"), required=False, initial=True)
