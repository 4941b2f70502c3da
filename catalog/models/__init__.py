"""The catalog's tables, by subject."""

from catalog.models.content import FinalText, Picture, ProductPicture, TextVersion
from catalog.models.goods import Category, Channel, Product, Sku
from catalog.models.listing import ChannelListing, ListingFact
from catalog.models.prices import AskedSku, EvidenceFile, Price, PriceSheet
from catalog.models.promotions import Promotion, PromotionPrice, PromotionTurn

__all__ = [
    "AskedSku",
    "Category",
    "Channel",
    "ChannelListing",
    "EvidenceFile",
    "FinalText",
    "ListingFact",
    "Picture",
    "Price",
    "PriceSheet",
    "Product",
    "ProductPicture",
    "Promotion",
    "PromotionPrice",
    "PromotionTurn",
    "Sku",
    "TextVersion",
]
