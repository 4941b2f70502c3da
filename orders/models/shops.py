"""Shops: where orders come from."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Shop(models.Model):
    """One shop on one platform. Webhook and API secrets are sealed (office.crypto); `mapping` is the saved
    column mapping of the generic CSV/XLSX adapter ({field: header})."""

    class Platform(models.TextChoices):
        GENERIC = "generic", _("Generic")
        TAOBAO = "taobao", _("Taobao / Tmall")
        JD = "jd", _("JD")
        PDD = "pdd", _("Pinduoduo")
        ALIBABA = "1688", _("1688")
        DOUYIN = "douyin", _("Douyin")
        SHOPIFY = "shopify", _("Shopify")
        WOOCOMMERCE = "woocommerce", _("WooCommerce")
        API = "api", _("API")

    code = models.CharField(_("code"), max_length=30, unique=True)
    name = models.CharField(_("name"), max_length=80)
    platform = models.CharField(
        _("platform"), max_length=12, choices=Platform.choices, default=Platform.GENERIC
    )
    sealed_secret = models.BinaryField(null=True)
    mapping = models.JSONField(default=dict, blank=True)
    currency = models.CharField(_("currency"), max_length=3, default="CNY")
    restricted = models.BooleanField(_("only for people it is granted to"), default=False)
    active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("shop")
        verbose_name_plural = _("shops")
        ordering = ["code"]
        permissions = [("work_shop", "May work the orders of this shop")]

    def __str__(self) -> str:
        return self.name
