"""The catalog's tables, by subject."""

from catalog.models.goods import Category, Channel, Product, Sku
from catalog.models.listing import ChannelListing, ListingFact

__all__ = ["Category", "Channel", "ChannelListing", "ListingFact", "Product", "Sku"]
