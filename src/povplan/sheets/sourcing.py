"""What the figures mean and what they rest on: definitions, and the files and batch they came from."""

from __future__ import annotations

from collections.abc import Iterator

from povplan.sheets.book import Book
from povplan.sheets.facts import Facts
from povplan.sheets.indicators import titled
from povplan.sheets.page import Column, Row, Sheet, Table
from povplan.spec import Indicator, ReportSheet

WIDTHS = (28.0, 9.0, 44.0, 16.0, 12.0, 14.0, 18.0, 44.0, 24.0)
NAMES = (
    "indicator",
    "measure",
    "formula",
    "ledger",
    "better",
    "valid",
    "responsible",
    "description",
    "basis_document",
)


def definitions_sheet(spec: ReportSheet, facts: Facts, book: Book) -> Iterator[Sheet]:
    """Every indicator with its formula, ledger, life, responsible party and source."""
    rows: list[Row] = []
    domain = None
    for indicator in book.ordered:
        if indicator.domain != domain:
            domain = indicator.domain
            rows.append(Row([book.named("domain", domain)], "section"))
        rows.append(Row(list(_told(indicator, facts.year, book)), anchor=indicator.id))
    columns = [
        Column((book.word(f"report_definition_{name}"),), width=width)
        for name, width in zip(NAMES, WIDTHS, strict=True)
    ]
    notes = [book.word("report_definitions_note"), book.word("leverage_note")]
    yield Sheet(
        spec.name.text(book.lang), (Table(columns, rows, notes=notes),), title=titled(spec, facts, book),
        left=book.word("report_left", unit=facts.name, year=facts.year),
    )  # fmt: skip


def provenance_sheet(spec: ReportSheet, facts: Facts, book: Book) -> Iterator[Sheet]:
    """Batch, definitions, program; then every submitted file with its SHA-256."""
    made = facts.provenance
    if made is None:
        return
    told = {
        "batch": str(made.batch),
        "as_of": made.as_of,
        "profile": made.profile,
        "digest": made.digest,
        "version": made.version,
    }
    batch = Table(
        [Column((book.word("report_item"),), width=24), Column((book.word("report_content"),), width=56)],
        [Row([book.word(f"report_made_{name}"), value]) for name, value in told.items()],
        book.word("report_made"),
        [book.word("report_made_note")],
    )
    files = Table(
        [
            *Column.plain(book.word("report_file_batch")),
            Column((book.word("head_file"),)),
            Column(("SHA-256",), width=68),
            *Column.plain(book.word("head_status")),
        ],
        [Row([one.batch, one.name, one.sha256, book.named("input", one.status)]) for one in made.origins],
        book.word("report_files"),
        [book.word("report_files_note")],
    )
    tables = (batch, files) if made.origins else (batch,)
    yield Sheet(
        spec.name.text(book.lang), tables, title=titled(spec, facts, book),
        left=book.word("report_left", unit=facts.name, year=facts.year),
    )  # fmt: skip


def _told(indicator: Indicator, year: int, book: Book) -> Iterator[str]:
    yield indicator.label.text(book.lang)
    yield book.unit(indicator)
    where = f"　[{indicator.where}]" if indicator.where else ""
    yield " ".join(indicator.value.split()) + where
    yield book.ledger(indicator.ledger)
    yield book.word(f"better_{indicator.better}")
    yield _life(indicator)
    yield next(
        (who for since, who in sorted(indicator.responsible.items(), reverse=True) if since <= year), ""
    )
    yield indicator.description.text(book.lang) if indicator.description else ""
    yield indicator.source or ""


def _life(indicator: Indicator) -> str:
    first, last = indicator.valid.first, indicator.valid.last
    return "" if (first, last) == (1, 9999) else f"{first if first > 1 else ''}–{last if last < 9999 else ''}"
