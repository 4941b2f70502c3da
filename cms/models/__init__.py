"""Tables of the site-content desk, by subject: columns, content, what goes live, words, assets, redesigns; sites
that are watched, their incidents, what is taken down, the message board, recurring looks."""

from cms.models.assets import Asset, AssetFinal, AssetVersion
from cms.models.board import BoardDelivery, BoardEntry, BoardMessage, BoardReply, BoardSender, BoardWithdrawal
from cms.models.columns import Column, ColumnFace
from cms.models.incidents import PartnerContact, PartnerDispatch, PartnerNotice, SiteIncident
from cms.models.items import Item, SecondReading, Version
from cms.models.publishing import Ending, Publication, SiteStamp
from cms.models.redesign import MockUp, Redesign, RedesignDone, Review
from cms.models.rounds import FreshnessReport, Round, Tick
from cms.models.takedowns import LiabilityCase, Takedown
from cms.models.watch import Baseline, Probe, WatchedSite
from cms.models.words import FileText, WordList, WordListVersion

__all__ = [
    "Asset",
    "AssetFinal",
    "AssetVersion",
    "Baseline",
    "BoardDelivery",
    "BoardEntry",
    "BoardMessage",
    "BoardReply",
    "BoardSender",
    "BoardWithdrawal",
    "Column",
    "ColumnFace",
    "Ending",
    "FileText",
    "FreshnessReport",
    "Item",
    "LiabilityCase",
    "MockUp",
    "PartnerContact",
    "PartnerDispatch",
    "PartnerNotice",
    "Probe",
    "Publication",
    "Redesign",
    "RedesignDone",
    "Review",
    "Round",
    "SecondReading",
    "SiteIncident",
    "SiteStamp",
    "Takedown",
    "Tick",
    "Version",
    "WatchedSite",
    "WordList",
    "WordListVersion",
]
