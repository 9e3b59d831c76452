"""历史数据更正: figures as they were reported beside what they are now."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from povplan.sheets.book import Book, lines
from povplan.sheets.facts import Facts
from povplan.sheets.indicators import titled
from povplan.sheets.page import Cell, Column, DifferenceOf, Row, Sheet, Table
from povplan.spec import Indicator, ReportSheet


def restated_sheet(spec: ReportSheet, facts: Facts, book: Book) -> Iterator[Sheet]:
    """Every figure that differs from the one reported under the year's tag; no sheet where none does."""
    made = facts.restated
    if made is None or not len(made.figures):
        return
    known = {one.id: one for one in book.indicators}
    rows = [
        Row(_cells(line, known[line.indicator], book))
        for line in lines(made.figures)
        if line.indicator in known
    ]
    heads = (
        book.word("head_indicator"),
        book.word("head_unit"),
        book.word("report_change_measure"),
        book.word("report_restated_then", tag=made.tag),
        book.word("report_restated_now"),
        book.word("report_restated_difference"),
    )
    notes = [book.word("report_restated_note", tag=made.tag, batch=made.batch), *made.reasons, book.legend]
    yield Sheet(
        spec.name.text(book.lang),
        (Table(Column.plain(*heads), rows, notes=notes),),
        title=titled(spec, facts, book),
        left=book.word("report_left", unit=facts.name, year=facts.year),
    )


def _cells(line: Any, indicator: Indicator, book: Book) -> list[Cell]:
    link = book.definition(indicator)
    both = not (pd.isna(line.reported) or pd.isna(line.value))
    moved = (float(line.value) - float(line.reported)) / book.factor(indicator) if both else None
    shape = book.shape(indicator, sign=not book.is_rate(indicator))
    return [
        Cell(indicator.label.text(book.lang), link=link, look="link" if link else "plain"),
        Cell(line.unit),
        Cell(book.unit(indicator)),
        book.cell(line.reported, None, indicator),
        book.cell(line.value, None, indicator),
        Cell(moved, shape, DifferenceOf(4, 3) if both else None),
    ]
