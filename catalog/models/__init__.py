"""The catalog's tables, by subject."""

from catalog.models.content import FinalText, Picture, ProductPicture, TextVersion
from catalog.models.goods import Category, Channel, Product, Sku
from catalog.models.listing import ChannelListing, ListingFact
from catalog.models.live import Feed, LiveCheck, LiveDifference
from catalog.models.market import CompetitorPrice, MarketSummary
from catalog.models.planning import Debut, PlannerRecord, PlannerTask, Season, SeasonPick
from catalog.models.prices import AskedSku, EvidenceFile, Price, PriceSheet
from catalog.models.promotions import Promotion, PromotionPrice, PromotionStop, PromotionTurn
from catalog.models.stock import (
    CountImport,
    Reason,
    SkuAlias,
    StockBalance,
    StockCount,
    StockCountLine,
    StockMovement,
    UnmatchedGoods,
)

__all__ = [
    "AskedSku",
    "Category",
    "Channel",
    "ChannelListing",
    "CompetitorPrice",
    "CountImport",
    "Debut",
    "EvidenceFile",
    "Feed",
    "FinalText",
    "ListingFact",
    "LiveCheck",
    "LiveDifference",
    "MarketSummary",
    "Picture",
    "PlannerRecord",
    "PlannerTask",
    "Price",
    "PriceSheet",
    "Product",
    "ProductPicture",
    "Promotion",
    "PromotionPrice",
    "PromotionStop",
    "PromotionTurn",
    "Reason",
    "Season",
    "SeasonPick",
    "Sku",
    "SkuAlias",
    "StockBalance",
    "StockCount",
    "StockCountLine",
    "StockMovement",
    "TextVersion",
    "UnmatchedGoods",
]
