"""How far the figures reach and what is doubtful: rows, villages not reported, findings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from povplan.memory import is_open
from povplan.model import Coverage
from povplan.sheets.book import Book, lines
from povplan.sheets.facts import Facts
from povplan.sheets.indicators import titled
from povplan.sheets.page import NOT_APPLICABLE, Cell, Column, Row, Sheet, SumOf, Table, number_in
from povplan.spec import SHEET_COLUMNS, ReportSheet

COUNTS = ("read", "accepted", "repeated", "waiting", "entries", "flagged", "units")
WIDTHS = {"message": 40.0, "hint": 36.0, "rule_label": 24.0, "file": 24.0, "entity": 22.0}
SEVERITIES = ("error", "doubt", "notice")


def coverage_sheet(spec: ReportSheet, facts: Facts, book: Book) -> Iterator[Sheet]:
    """Rows by ledger, then village by village what was reported and how many findings there are."""
    tables = [table for table in (_by_ledger(facts, book), _by_village(facts, book)) if table.rows]
    if tables:
        yield _sheet(spec, facts, book, tables)


def rules_sheet(spec: ReportSheet, facts: Facts, book: Book) -> Iterator[Sheet]:
    """How often each rule fired: rules down, gravest first, townships across."""
    open_ = facts.findings[is_open(facts.findings)] if len(facts.findings) else facts.findings
    if not len(open_):
        return
    depth = facts.unit.count("/") + 1
    places = list(
        dict.fromkeys(
            "/".join(unit.split("/")[: depth + 1]) for unit in facts.units if unit.count("/") >= depth
        )
    )
    at = open_["unit"].map(
        lambda unit: "/".join(str(unit).split("/")[: depth + 1]) if isinstance(unit, str) else ""
    )
    counted = open_.assign(place=at).groupby(["severity", "rule", "place"], sort=False).size()
    rows = []
    for severity in SEVERITIES:
        rules = dict.fromkeys(open_.loc[open_["severity"] == severity, "rule"])
        rows += [_rule_row(severity, rule, open_, counted, places, book) for rule in rules]
    names = [
        book.word("head_severity"),
        book.word("head_rule"),
        book.word("head_label"),
        book.word("head_count"),
    ]
    columns = [*Column.plain(*names), *(Column((place.rsplit("/", 1)[-1],)) for place in places)]
    columns[2] = Column(columns[2].head, width=40)
    total = SumOf(tuple(range(len(rows))))
    sums = [
        Cell(sum(number_in(row.cells[n]) for row in rows), "#,##0", total) for n in range(3, len(columns))
    ]
    rows.append(Row([book.word("report_total"), "", "", *sums], "total"))
    yield _sheet(spec, facts, book, [Table(columns, rows, notes=[book.word("report_rules_note")])])


def findings_sheet(spec: ReportSheet, facts: Facts, book: Book) -> Iterator[Sheet]:
    """The findings one by one, gravest first, each with its cell; a note says how many found no room."""
    if not len(facts.findings):
        return
    names = list(spec.columns or SHEET_COLUMNS["findings"])
    shown = facts.findings.head(spec.most)
    rows = [Row([number, *cells]) for number, cells in enumerate(_finding_cells(shown, names, book), 1)]
    columns = [Column((book.word("report_number"),), width=7)]
    columns += [Column((book.word(f"head_{name}"),), width=WIDTHS.get(name)) for name in names]
    more = len(facts.findings) - len(shown)
    notes = [book.word("report_findings_more", count=more, shown=len(shown), year=facts.year)] if more else []
    yield _sheet(spec, facts, book, [Table(columns, rows, notes=notes)])


def _sheet(spec: ReportSheet, facts: Facts, book: Book, tables: Sequence[Table]) -> Sheet:
    left = book.word("report_left", unit=facts.name, year=facts.year)
    return Sheet(spec.name.text(book.lang), tuple(tables), title=titled(spec, facts, book), left=left)


def _by_ledger(facts: Facts, book: Book) -> Table:
    names = [book.word("head_ledger"), *(book.word(f"head_{name}") for name in COUNTS)]
    columns = [*Column.plain(*names), Column((book.word("head_missing"),), width=40)]
    rows = [
        Row(
            [
                book.ledger(line.ledger),
                *(getattr(line, name) for name in COUNTS),
                _missing(line, book),
            ]
        )
        for line in facts.coverage
    ]
    if rows:
        there = {*facts.entries.columns, *(line.ledger for line in facts.coverage)}
        nothing = [*(Cell(0) for _ in COUNTS), Cell(book.word("report_absent"), look="bad")]
        rows += [Row([book.ledger(name), *nothing]) for name in book.absent(there)]
    return Table(columns, rows, book.word("report_by_ledger"), [book.word("report_coverage_note")])


def _missing(line: Coverage, book: Book) -> Cell:
    """The villages that did not report; — in a ledger that no village is expected to file."""
    paths = line.missing
    if not paths and line.ledger in book.ledgers and book.ledgers[line.ledger].level == "entry":
        return Cell(NOT_APPLICABLE)
    names = "、".join("/".join(path.split("/")[1:]) for path in paths)
    return Cell(f"{len(paths)}：{names}", look="bad") if paths else Cell(book.word("report_all_reported"))


def _by_village(facts: Facts, book: Book) -> Table:
    """A village with its entries in each ledger; ✗ where one that villages report has none."""
    ledgers = [str(name) for name in facts.entries.columns]
    counts = _counts(facts)
    names = [
        book.word("level_township"),
        book.word("level_village"),
        *(book.ledger(name) for name in ledgers),
    ]
    severities = [book.word(f"severity_{name}") for name in SEVERITIES]
    rows = []
    for path, entries in zip(facts.entries.index, facts.entries.itertuples(index=False), strict=True):
        place = [*str(path).split("/")[1:], "", ""][:2]
        cells = [_reported(int(n), name, book) for name, n in zip(ledgers, entries, strict=True)]
        rows.append(Row([*place, *cells, *(counts.get((path, name), 0) for name in SEVERITIES)]))
    return Table(
        Column.plain(*names, *severities),
        rows,
        book.word("report_by_village"),
        [book.word("report_reported_note")],
    )


def _counts(facts: Facts) -> dict[tuple[str, str], int]:
    if not len(facts.findings):
        return {}
    open_ = facts.findings[is_open(facts.findings)]
    sizes = open_.groupby(["unit", "severity"]).size().reset_index(name="count")
    return {(str(line.unit), str(line.severity)): int(line.count) for line in lines(sizes)}


def _reported(entries: int, ledger: str, book: Book) -> Cell:
    must = ledger in book.ledgers and book.ledgers[ledger].level != "entry"
    return (
        Cell(book.word("report_not_reported"), look="bad") if must and not entries else Cell(entries, "#,##0")
    )


def _rule_row(
    severity: str, rule: str, open_: pd.DataFrame, counted: pd.Series, places: Sequence[str], book: Book
) -> Row:
    label = str(open_.loc[open_["rule"] == rule, "rule_label"].iloc[0])
    here = [int(counted.get((severity, rule, place), 0)) for place in places]
    total = int(((open_["rule"] == rule) & (open_["severity"] == severity)).sum())
    return Row([book.word(f"severity_{severity}"), rule, label, *(Cell(n, "#,##0") for n in (total, *here))])


def _finding_cells(found: pd.DataFrame, names: Sequence[str], book: Book) -> Iterator[list[Any]]:
    for line in lines(found[list(dict.fromkeys(names))].astype(object)):
        yield [_said(name, getattr(line, name), book) for name in names]


def _said(name: str, value: Any, book: Book) -> Cell:
    if value is None or value is pd.NA or value != value:
        return Cell(None)
    if name == "ledger":
        return Cell(book.ledger(str(value)))
    if name == "severity":
        return Cell(book.named(name, value), look="bad" if value == "error" else "plain")
    return Cell(book.named(name, value) if name in ("status", "effect", "answer") else str(value))
