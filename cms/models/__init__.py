"""Tables of the site-content desk, by subject: columns, content, what goes live, words."""

from cms.models.columns import Column
from cms.models.items import Draft, Item, SecondReading, Version
from cms.models.publishing import Ending, Publication, SiteStamp
from cms.models.words import WordList, WordListVersion

__all__ = [
    "Column",
    "Draft",
    "Ending",
    "Item",
    "Publication",
    "SecondReading",
    "SiteStamp",
    "Version",
    "WordList",
    "WordListVersion",
]
