"""From TOML to a validated Book, or to a list of everything that is wrong with the file."""

from office.rulebook.parser.book import parse_book, shipped_source
from office.rulebook.parser.problems import Problem, WrongBook

__all__ = ["Problem", "WrongBook", "parse_book", "shipped_source"]
