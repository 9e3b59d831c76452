"""Indicators by unit: the county, its townships and villages down, indicators across."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil
from typing import Any

import pandas as pd

from povplan.sheets.book import Book, lines
from povplan.sheets.facts import Facts
from povplan.sheets.page import Cell, Column, Sheet, Table
from povplan.sheets.unitrows import unit_rows
from povplan.spec import Indicator, ReportSheet

ACROSS = 9
"""Indicators that one sheet has room for on a page."""


def indicator_sheets(spec: ReportSheet, facts: Facts, book: Book) -> Iterator[Sheet]:
    """The indicators of a domain, or those named, on as many sheets as they need.

    An indicator without a figure anywhere has no column; the notes name it with the reason.
    """
    chosen = chosen_indicators(spec, book)
    at = facts.figures[facts.figures["indicator"].isin([one.id for one in chosen])]
    some = set(at.loc[at["value"].notna(), "indicator"])
    shown = [one for one in chosen if one.id in some]
    count = ceil(len(shown) / ACROSS) or 1
    across = ceil(len(shown) / count) or 1  # the last sheet is as full as the others
    pages = [shown[start : start + across] for start in range(0, len(shown), across)]
    for number, page in enumerate(pages):
        ending = f"({number + 1})" if len(pages) > 1 else ""
        notes = _notes(at, chosen if number == len(pages) - 1 else page, book)
        table = Table(_columns(page, book), _rows(at, page, facts, book), notes=notes)
        yield Sheet(
            spec.name.text(book.lang) + ending,
            (table,),
            title=titled(spec, facts, book) + ending,
            left=book.word("report_left", unit=facts.name, year=facts.year),
            right="",
        )


def titled(spec: ReportSheet, facts: Facts, book: Book) -> str:
    """The title over a table: unit, year and what it shows."""
    return book.word("report_title", unit=facts.name, year=facts.year, title=spec.title.text(book.lang))


def chosen_indicators(spec: ReportSheet, book: Book) -> list[Indicator]:
    """Those the sheet names, in its order; else those of its domain; else all."""
    if spec.indicators:
        known = {one.id: one for one in book.indicators}
        return [known[name] for name in spec.indicators]
    return [one for one in book.ordered if spec.domain in (None, one.domain)]


def headline_indicators(spec: ReportSheet, book: Book) -> list[Indicator]:
    """Those the sheet names; else the headline ones; where none is marked, the first of each domain."""
    if spec.indicators:
        return chosen_indicators(spec, book)
    marked = [one for one in book.ordered if one.headline]
    first = {one.domain: one for one in reversed(book.ordered)}
    return marked or list(reversed(first.values()))


def by_place(figures: pd.DataFrame, chosen: Sequence[Indicator]) -> dict[tuple[str, str], Any]:
    """(indicator, unit) → its line, of the chosen indicators."""
    some = figures[figures["indicator"].isin([one.id for one in chosen])]
    return {(line.indicator, line.unit): line for line in lines(some)}


def figure(line: Any, indicator: Indicator, book: Book) -> Cell:
    """The cell of a line of figures; blank where there is no line."""
    return Cell(None) if line is None else book.cell(line.value, line.note, indicator)


def _columns(page: Sequence[Indicator], book: Book) -> list[Column]:
    labels = (Column((one.label.text(book.lang),), book.unit(one), link=book.definition(one)) for one in page)
    return [Column((book.word("head_unit"),), width=24), *labels]


def _rows(at: pd.DataFrame, page: Sequence[Indicator], facts: Facts, book: Book) -> Any:
    values = by_place(at, page)
    additive = [one.id in book.additive for one in page]
    own = book.word("report_own_level")
    return unit_rows(
        facts.units,
        lambda unit: [figure(values.get((one.id, unit)), one, book) for one in page],
        additive,
        own,
    )


def _notes(at: pd.DataFrame, page: Sequence[Indicator], book: Book) -> list[str]:
    named = {one.id: one.label.text(book.lang) for one in page}
    inside = at[at["indicator"].isin(list(named))]
    leading = [book.word("report_units_lead")] * book.defining
    return [*book.reasons(inside, named), book.legend, *leading]
