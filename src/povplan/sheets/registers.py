"""What was excused and what was amended, row by row, with what became of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from povplan.sheets.book import Book, lines
from povplan.sheets.facts import Facts
from povplan.sheets.indicators import titled
from povplan.sheets.page import Cell, Column, Row, Sheet, Table
from povplan.spec import SHEET_COLUMNS, ReportSheet

WIDTHS = {"rule_label": 24.0, "waiver_reason": 30.0, "why": 30.0, "evidence": 30.0}
GOOD = ("in_force", "applied", "already", "superseded")


def waivers_sheet(spec: ReportSheet, facts: Facts, book: Book) -> Iterator[Sheet]:
    """The waivers of the year and answers that await the county's word."""
    yield from _sheet(spec, facts, book, "report_waivers_note")


def amendments_sheet(spec: ReportSheet, facts: Facts, book: Book) -> Iterator[Sheet]:
    """The amendments of the year."""
    yield from _sheet(spec, facts, book, "report_amendments_note")


def _sheet(spec: ReportSheet, facts: Facts, book: Book, note: str) -> Iterator[Sheet]:
    frame = facts.registers.get(spec.kind)
    if frame is None or not len(frame):
        return
    names = list(spec.columns or SHEET_COLUMNS[spec.kind])
    shown = frame.head(spec.most)
    rows = [
        Row([n, *(_cell(name, getattr(line, name), book) for name in names)])
        for n, line in enumerate(lines(shown), 1)
    ]
    heads = [Column((book.word("report_number"),), width=7)]
    heads += [Column((book.word(f"head_{name}"),), width=WIDTHS.get(name)) for name in names]
    notes = [book.word(note)]
    if len(frame) > len(shown):
        notes.append(book.word("report_registers_more", count=len(frame) - len(shown)))
    left = book.word("report_left", unit=facts.name, year=facts.year)
    table = Table(heads, rows, notes=notes)
    yield Sheet(spec.name.text(book.lang), (table,), title=titled(spec, facts, book), left=left)


def _cell(name: str, value: Any, book: Book) -> Cell:
    if value is None or value != value:
        return Cell(None)
    if name == "ledger":
        return Cell(book.ledger(str(value)))
    if name.endswith("_state"):
        kind = name.removesuffix("_state")
        return Cell(book.named(kind, value), look="plain" if value in GOOD else "bad")
    return Cell(str(value))
