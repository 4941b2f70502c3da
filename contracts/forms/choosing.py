"""A supplier is chosen by typing: a few are offered, more as one types (static pages work by the code or the name)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contracts.models import Supplier
from contracts.selectors import choosing
from office.enumerating import enumerated

#: So many are named where several fit what was typed.
NAMED = 4


class SupplierInput(forms.TextInput):
    """A text field with what it offers; the list follows what is typed."""

    def __init__(self, *, every: bool) -> None:
        self.every = every
        super().__init__(
            attrs={
                "class": "form-control", "autocomplete": "off", "maxlength": choosing.LONGEST, "data-typed": "supplier",
                "placeholder": gettext_lazy("Name or code"),
            }
        )  # fmt: skip

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        given = {**(attrs or {})}
        listed = f"{given.get('id') or name}-offered"
        where = reverse("contracts:supplier_choices") + ("?every=1" if self.every else "")
        given |= {
            "list": listed, "hx-get": where, "hx-trigger": "input changed delay:200ms", "hx-target": f"#{listed}",
            "hx-swap": "innerHTML", "hx-sync": "this:replace",
        }  # fmt: skip
        entry = super().render(name, value, given, renderer)
        # Nothing is chosen yet: all are offered, not those that fit a choice.
        return format_html(
            '{}<datalist id="{}">{}</datalist>',
            entry,
            listed,
            options(choosing.offered("", every=self.every)),
        )


def options(found: list[Supplier]) -> SafeString:
    return format_html_join("", '<option value="{}">', ((choosing.label(each),) for each in found))


class SupplierField(forms.CharField):
    """Gives the supplier, None for none. A number as the initial value is a supplier's key."""

    def __init__(self, *, every: bool = False, **more: Any) -> None:
        self.every = every
        given = {"label": gettext_lazy("Supplier"), "max_length": choosing.LONGEST, **more}
        super().__init__(widget=SupplierInput(every=every), **given)

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, int):
            value = Supplier.objects.filter(pk=value).first()
        return choosing.label(value) if isinstance(value, Supplier) else value

    def clean(self, value: Any) -> Any:
        """Raises ValidationError: none fits, or several do."""
        typed = super().clean(value)
        if not typed:
            return None
        found = choosing.meant(typed, every=self.every)
        if len(found) == 1:
            return found[0]
        if not found:
            raise ValidationError(_("No supplier fits. Type a part of its name, or its code."), code="none")
        names = enumerated(choosing.label(each) for each in found[:NAMED])
        more = " …" if len(found) > NAMED else ""
        raise ValidationError(
            _("Several suppliers fit: {names}. Choose one.").format(names=names + more), code="several"
        )


class SupplierFilter(forms.Form):
    """Narrows a list down to one supplier, active or not."""

    supplier = SupplierField(every=True, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["supplier"].widget.attrs["placeholder"] = _("All suppliers")

    def narrowed(self) -> tuple[int | None, dict[str, str]]:
        """The key to narrow by (0 where nothing fits what was typed), and what the addresses of the list keep."""
        if not self.is_valid():
            return 0, {"supplier": str(self.data.get("supplier", ""))[: choosing.LONGEST]}
        found: Supplier | None = self.cleaned_data["supplier"]
        return (found.pk, {"supplier": found.code}) if found else (None, {})
