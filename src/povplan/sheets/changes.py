"""Yearly change: every indicator of one unit beside the year before, and chosen indicators unit by unit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from povplan.model import NOTES
from povplan.sheets.book import Book, is_withheld, lines, missing, rounded
from povplan.sheets.doubted import MARK, doubts_of, marked, with_doubts
from povplan.sheets.facts import Facts
from povplan.sheets.indicators import by_place, chosen_indicators, headline_indicators, titled
from povplan.sheets.page import Cell, Column, DifferenceOf, Live, QuotientOf, Row, Sheet, Table
from povplan.sheets.unitrows import unit_rows
from povplan.spec import SHEET_COLUMNS, Indicator, ReportSheet

POINTS = '+0.00" pp";-0.00" pp";0.00" pp"'
LEVEL = 1e-9
"""A change smaller than this is none."""


def change_sheet(spec: ReportSheet, facts: Facts, book: Book) -> Iterator[Sheet]:
    """Indicators down by domain; both years, change and verdict across, of the report's own unit.

    Both years speak of the units that reported in both; the full figures stand beside them.
    """
    at = {line.indicator: line for line in lines(facts.changes[facts.changes["unit"] == facts.unit])}
    names = list(spec.columns or SHEET_COLUMNS["change"])
    rows: list[Row] = []
    domain, unsure = None, False
    for indicator in chosen_indicators(spec, book):
        line = at.get(indicator.id)
        if line is None or (pd.isna(line.value) and pd.isna(line.previous) and not is_withheld(line.note)):
            continue
        if indicator.domain != domain:
            domain = indicator.domain
            rows.append(Row([book.named("domain", domain)], "section"))
        link = book.definition(indicator)
        label = Cell(indicator.label.text(book.lang), link=link, look="link" if link else "plain")
        count = doubts_of(indicator, facts, book)
        unsure = unsure or count > 0
        rows.append(Row([label, *_cells(line, indicator, names, count, book)]))
    columns = [Column((book.word("head_indicator"),)), *(_column(name, facts.year, book) for name in names)]
    notes = [*([book.word("doubted_note")] * unsure), *_notes(facts, book)]
    yield _sheet(spec, facts, book, Table(columns, rows, notes=notes))


def _notes(facts: Facts, book: Book) -> list[str]:
    """How to read a table of change, and which units are compared under other names."""
    return [book.word("report_change_note"), *(said.text(book.lang) for said in facts.mapped), book.legend]


def unit_change_sheet(spec: ReportSheet, facts: Facts, book: Book) -> Iterator[Sheet]:
    """Units down; for each chosen indicator the year before, this year and the change."""
    chosen = headline_indicators(spec, book)
    at = by_place(facts.changes, chosen)
    some = [one for one in chosen if any(not pd.isna(at[key].value) for key in at if key[0] == one.id)]
    units = list(facts.changes["unit"].unique())
    rows = unit_rows(units, lambda unit: list(_unit_cells(unit, some, at, book)), [False] * 3 * len(some), "")
    columns = [Column((book.word("head_unit"),), width=16)]
    unsure = {one.id for one in some if doubts_of(one, facts, book)}
    for indicator in some:
        group = f"{indicator.label.text(book.lang)}（{book.unit(indicator)}）"
        group += f" {MARK}" * (indicator.id in unsure)
        columns += [
            Column((group, _heading(name, facts.year, book))) for name in ("previous", "value", "absolute")
        ]
    notes = [*([book.word("doubted_note")] * bool(unsure)), *_notes(facts, book)]
    yield _sheet(spec, facts, book, Table(columns, rows, notes=notes))


def _sheet(spec: ReportSheet, facts: Facts, book: Book, table: Table) -> Sheet:
    left = book.word("report_left", unit=facts.name, year=facts.year)
    return Sheet(spec.name.text(book.lang), (table,), title=titled(spec, facts, book), left=left)


def _heading(name: str, year: int, book: Book) -> str:
    if name in ("previous", "full_previous"):
        year -= 1
    return book.word("head_note" if name == "note" else f"report_change_{name}", year=year)


def _column(name: str, year: int, book: Book) -> Column:
    return Column((_heading(name, year, book),), width=24 if name == "note" else None)


def _cells(line: Any, indicator: Indicator, names: Sequence[str], count: int, book: Book) -> Iterator[Cell]:
    """What is shown of an indicator, of which so many doubts touch the figure."""
    place = {name: number for number, name in enumerate(names, 1)}
    for name in names:
        cell = SHOWN[name](line, indicator, place, book)
        if name == "verdict":
            cell = marked(cell, count)
        if name == "note":
            cell = Cell(with_doubts(_note_of(line, book), count, book))
        yield cell


def _measure(line: Any, indicator: Indicator, place: Mapping[str, int], book: Book) -> Cell:
    return Cell(book.unit(indicator))


def _plain(name: str) -> Callable[[Any, Indicator, Mapping[str, int], Book], Cell]:
    def cell(line: Any, indicator: Indicator, place: Mapping[str, int], book: Book) -> Cell:
        return book.cell(getattr(line, name), line.note, indicator)

    return cell


def absolute(line: Any, indicator: Indicator, place: Mapping[str, int], book: Book) -> Cell:
    """The change in the indicator's own terms, percentage points for rates; live where both years stand."""
    if pd.isna(line.absolute):
        return missing(line.note)
    both = {"value", "previous"} <= place.keys() and not _restated(line)
    if book.is_rate(indicator):
        live = DifferenceOf(place["value"], place["previous"], 100) if both else None
        return _moved(float(line.points), POINTS, 2, live)
    live = DifferenceOf(place["value"], place["previous"]) if both else None
    change = float(line.absolute) / book.factor(indicator)
    return _moved(change, book.shape(indicator, sign=True), indicator.decimals, live)


def _restated(line: Any) -> bool:
    """Whether the change is taken from another figure than that of the year before: no live formula then."""
    return bool(line.note == "restated_base") if not pd.isna(line.note) else False


def _moved(change: float, shape: str, decimals: int, live: Live | None) -> Cell:
    """A change: … where there is one too small for its decimals, so that no +0.00 is judged better."""
    return Cell(change, shape if abs(change) < LEVEL else rounded(change, shape, decimals).shape, live)


def _relative(line: Any, indicator: Indicator, place: Mapping[str, int], book: Book) -> Cell:
    if book.is_rate(indicator) or pd.isna(line.relative):
        return Cell("—")
    live = None
    if {"absolute", "previous"} <= place.keys() and line.previous > 0 and not _restated(line):
        live = QuotientOf(place["absolute"], place["previous"])
    return _moved(float(line.relative), "+0.00%;-0.00%;0.00%", 4, live)


def _verdict(line: Any, indicator: Indicator, place: Mapping[str, int], book: Book) -> Cell:
    """Better, worse or the same, by the indicator's own direction; a sign beside the colour."""
    return verdict(line.absolute, indicator, book)


def verdict(absolute: Any, indicator: Indicator, book: Book) -> Cell:
    """▲ better, ▼ worse, ＝ the same; nothing for an indicator without a direction."""
    if pd.isna(absolute) or indicator.better == "neutral":
        return Cell("—" if indicator.better == "neutral" else None)
    if abs(absolute) < LEVEL:
        return Cell(book.word("verdict_same"))
    better = (absolute > 0) == (indicator.better == "higher")
    return Cell(book.word("verdict_better" if better else "verdict_worse"), look="good" if better else "bad")


def _shared(line: Any, indicator: Indicator, place: Mapping[str, int], book: Book) -> Cell:
    return Cell(None if pd.isna(line.shared) else int(line.shared))


def _note(line: Any, indicator: Indicator, place: Mapping[str, int], book: Book) -> Cell:
    return Cell(_note_of(line, book))


def _note_of(line: Any, book: Book) -> str | None:
    return None if pd.isna(line.note) else NOTES[line.note].text(book.lang)


SHOWN: Mapping[str, Callable[[Any, Indicator, Mapping[str, int], Book], Cell]] = {
    "measure": _measure, "previous": _plain("previous"), "value": _plain("value"), "absolute": absolute,
    "relative": _relative, "verdict": _verdict, "full_previous": _plain("full_previous"),
    "full_value": _plain("full_value"), "shared": _shared, "note": _note,
}  # fmt: skip


def _unit_cells(
    unit: str, some: Sequence[Indicator], at: Mapping[tuple[str, str], Any], book: Book
) -> Iterator[Cell]:
    for number, indicator in enumerate(some):
        first = 1 + 3 * number
        place = {"previous": first, "value": first + 1, "absolute": first + 2}
        line = at.get((indicator.id, unit))
        yield from (
            Cell(None) if line is None else SHOWN[name](line, indicator, place, book) for name in place
        )
