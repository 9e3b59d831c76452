"""Figures in doubt, made of fields that open errors or doubts mark: they count, and it is said so."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from povplan.sheets.book import Book
from povplan.sheets.facts import Facts, is_below
from povplan.sheets.page import NOT_APPLICABLE, Cell
from povplan.spec import Indicator

MARK = "※"


def doubts(facts: Facts, ledger: str | None, fields: Collection[str], unit: str | None = None) -> int:
    """How many open errors and doubts mark one of the fields, in a unit and below it, or anywhere.

    Those of a sheet as a whole, such as a total that differs, lie in no unit: they touch the county's figure.
    """
    places = (facts.doubted.get((str(ledger), field), {}) for field in fields)
    within = unit if unit is not None and "/" in unit else None
    return sum(
        count for found in places for path, count in found.items() if within is None or is_below(path, within)
    )


def doubts_of(one: Indicator | None, facts: Facts, book: Book, unit: str | None = None) -> int:
    """The same of the fields that an indicator is made of."""
    return doubts(facts, one.ledger, book.fields.get(one.id, ()), unit) if one else 0


def marked(cell: Cell, count: int) -> Cell:
    """A verdict with the mark beside it where its figure is in doubt; what says nothing needs none."""
    return replace(cell, value=f"{cell.value} {MARK}") if count and is_said(cell.value) else cell


def is_said(value: Any) -> bool:
    """Whether a cell says anything."""
    return value not in (None, "", NOT_APPLICABLE)


def with_doubts(text: str | None, count: int, book: Book) -> str | None:
    """A remark, and how many doubts touch the figure."""
    told = [text] if text else []
    return "；".join([*told, *([book.word("figure_doubted", count=count)] * bool(count))]) or None
