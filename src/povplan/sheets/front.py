"""Cover and contents: what the workbook is, who signs it, and where everything stands."""

from __future__ import annotations

from collections.abc import Sequence

from povplan.sheets.book import Book
from povplan.sheets.facts import Facts
from povplan.sheets.page import Cell, Column, Cover, Row, Sheet, Table
from povplan.spec import Report, ReportSheet


def cover_sheet(spec: ReportSheet, report: Report, facts: Facts, book: Book) -> Sheet:
    """Title, unit, year, batch, and the lines on which it is signed."""
    made = facts.provenance
    lines = [
        (
            book.word("cover_unit"),
            " ".join([*facts.unit.split("/"), *([facts.department] if facts.department else [])]),
        ),
        (book.word("cover_year"), book.word("report_year", year=facts.year)),
    ]
    if made is not None:
        lines.append((book.word("cover_batch"), book.word("cover_batch_value", batch=made.batch)))
        lines.append((book.word("cover_as_of"), made.as_of))
    if facts.omitted is not None:
        lines.append((book.word("cover_rows"), book.word("cover_rows_value", count=facts.omitted)))
    if book.least is not None:
        lines.append((book.word("cover_edition"), book.word("cover_public")))
    lines.append((book.word("cover_date"), book.word("cover_date_value")))
    title = book.word("cover_title", unit=facts.name, title=report.title.text(book.lang))
    cover = Cover(
        title,
        book.word("report_year", year=facts.year),
        lines,
        [one.text(book.lang) for one in report.signatures],
    )
    return Sheet(spec.name.text(book.lang), (cover,), tab="#1F4E79")


def contents_sheet(spec: ReportSheet, sheets: Sequence[Sheet], book: Book) -> Sheet:
    """Every other sheet with its title; each line leads there."""
    rows = [
        Row([number, Cell(sheet.name, link=sheet.name, look="link"), sheet.title])
        for number, sheet in enumerate(sheets, 1)
    ]
    columns = [
        Column((book.word("report_number"),), width=8),
        Column((book.word("head_sheet"),), width=26),
        Column((book.word("head_content"),), width=70),
    ]
    return Sheet(spec.name.text(book.lang), (Table(columns, rows),), title=spec.title.text(book.lang))
