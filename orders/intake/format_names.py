"""What people call the formats that files come in. It stands apart from them so that the models may say it too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

FORMAT_NAMES: dict[str, StrOrPromise] = {
    "taobao": _("Taobao / Tmall"),
    "jd": _("JD"),
    "pdd": _("Pinduoduo"),
    "1688": _("1688"),
    "douyin": _("Douyin"),
    "generic": _("Generic, by the shop's column mapping"),
}
