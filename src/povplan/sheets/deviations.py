"""纠偏整改台账: what is off course, with its evidence in words, and columns for what is decided about it.

The workbook that `povplan deviations` writes is read back: its headings are those of the ledger
`correction` in every language.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from povplan.deviations.life import CORRECTION, LIVES
from povplan.messages import catalogue
from povplan.sheets.book import Book, lines
from povplan.sheets.facts import Facts
from povplan.sheets.indicators import titled
from povplan.sheets.page import Cell, Column, Look, Row, Sheet, Table
from povplan.sheets.plan import codes_said
from povplan.spec import DEVIATION_KINDS, CodeList, Detector, ReportSheet

COLUMNS = (
    "severity", "label", "name", "unit", "evidence", "cells", "department", "person", "touched", "suggestion",
    "measure", "new_value", "owner", "deadline", "next", "life",
)  # fmt: skip
"""Of the report's sheet."""
EARLIER = (
    "year", "label", "name", "unit", "evidence", "decision", "measure", "new_value", "owner", "done_on",
    "next", "life",
)  # fmt: skip
"""Of its table of earlier years."""
WIDTHS: Mapping[str, float] = {
    "severity": 7, "label": 20, "name": 22, "unit": 16, "evidence": 36, "cells": 24, "department": 16,
    "suggestion": 26, "measure": 24, "touched": 14, "number": 12.5, "detector": 20, "place": 24,
    "decision": 11, "owner": 14, "outcome": 20,
}  # fmt: skip
MARKS: Mapping[str, tuple[str, Look]] = {
    "open": ("○", "bad"),
    "decided": ("◐", "plain"),
    "corrected": ("●", "plain"),
    "confirmed": ("✓", "good"),
    "not_confirmed": ("✗", "bad"),
    "not_evaluable": ("—", "muted"),
}
"""Life → its mark and colour: never a colour alone."""
LOOKS: Mapping[str, Look] = {"error": "bad", "doubt": "strong"}
WORDS: Mapping[str, str] = {
    "verdict": "verdict", "verdict_without": "verdict", "why": "why", "state": "state", "step": "step",
    "status": "need_status", "double_kind": "money_word_double",
}  # fmt: skip
"""Figure in words → what its codes are called in the messages."""


# ---- in words --------------------------------------------------------------------------------------


def figure_said(name: str, value: Any, unit: str, book: Book) -> str:
    """`支付超前 42.0%`."""
    label = book.named("deviation_figure", name)
    labels = {one.id: one.label.text(book.lang) for one in book.indicators}
    return f"{labels.get(name, label)} {amount_said(value, unit, name, book)}"


def amount_said(value: Any, unit: str, name: str, book: Book) -> str:
    """A figure as it stands in a sentence, with its unit."""
    if unit == "truth":
        return book.word("word_yes" if value else "word_no")
    if unit == "word":
        return book.named(WORDS[name], value) if name in WORDS else str(value)
    number = float(value)
    if unit == "percent":
        return f"{number:.1%}"
    text = f"{number:,.2f}".rstrip("0").rstrip(".") or "0"
    return text if unit == "ratio" else f"{text}{' ' if book.lang == 'en' else ''}{unit}"


def evidence_said(line: Any, book: Book) -> str:
    """All figures of a deviation, and the bound that the first of them lies past."""
    told = [figure_said(name, value, unit, book) for name, value, unit in line.evidence]
    if told and not pd.isna(line.bound):
        told[0] += book.word(
            "deviation_bound", bound=amount_said(line.bound, line.measured, line.figure, book)
        )
    return ("，" if book.lang == "zh" else ", ").join(told)


def labelled(found: pd.DataFrame, detectors: Sequence[Detector], lang: str) -> pd.DataFrame:
    """The deviations with `label` and `suggestion` of their detectors."""
    labels = {one.id: one.label.text(lang) for one in detectors}
    suggestions = {one.id: one.suggestion.text(lang) for one in detectors}
    return found.assign(
        label=found["detector"].map(labels).astype("string"),
        suggestion=found["detector"].map(suggestions).astype("string"),
    )


def place_said(unit: Any) -> str:
    """A unit without its county."""
    return "" if pd.isna(unit) else str(unit).partition("/")[2] or str(unit)


def head(name: str, book: Book) -> str:
    """The heading of a column of deviations or needs."""
    key = f"deviation_head_{name}"
    return book.word(key if key in catalogue() else f"head_{name}")


# ---- the report's sheet ----------------------------------------------------------------------------


def deviations_sheet(spec: ReportSheet, facts: Facts, book: Book) -> Iterator[Sheet]:
    """Deviations by kind with what became of them, and how many in which state."""
    found, earlier = facts.plan.get("deviations"), facts.plan.get("corrected", pd.DataFrame())
    if found is None or not (len(found) or len(earlier)):
        return
    shown = found.head(spec.most)
    table = codes_said(deviation_table(shown, COLUMNS, book), shown, facts, book)
    tables = [table, _counts(found, book)]
    if len(earlier):
        tables.append(earlier_table(earlier.head(spec.most), EARLIER, book))
    if len(found) > len(shown):
        tables[0] = Table(
            tables[0].columns, tables[0].rows, tables[0].title,
            [*tables[0].notes, book.word("report_rows_more", count=len(found) - len(shown))],
        )  # fmt: skip
    left = book.word("report_left", unit=facts.name, year=facts.year)
    yield Sheet(spec.name.text(book.lang), tuple(tables), title=titled(spec, facts, book), left=left)


def deviation_table(found: pd.DataFrame, names: Sequence[str], book: Book) -> Table:
    """Deviations under their kinds."""
    rows: list[Row] = []
    for kind in DEVIATION_KINDS:
        some = found[found["kind"] == kind]
        if len(some):
            rows.append(Row([book.word(f"deviation_kind_{kind}")], "section"))
        rows += [Row([cell(line, name, book) for name in names], level=1) for line in lines(some)]
    columns = [Column((head(name, book),), width=WIDTHS.get(name)) for name in names]
    return Table(columns, rows, notes=[book.word("deviation_note")])


def earlier_table(found: pd.DataFrame, names: Sequence[str], book: Book) -> Table:
    """What became of deviations of earlier years that were decided on, the earlier year first."""
    rows = [Row([cell(line, name, book) for name in names]) for line in lines(found.sort_values("year"))]
    columns = [Column((head(name, book),), width=WIDTHS.get(name)) for name in names]
    return Table(columns, rows, book.word("deviation_table_earlier"))


def cell(line: Any, name: str, book: Book) -> Cell:
    """One cell of a deviation."""
    if name == "evidence":
        return Cell(evidence_said(line, book))
    value = getattr(line, name)
    if name == "unit":
        return Cell(place_said(value))
    if value is None or value is pd.NaT or pd.isna(value):
        return Cell(None)
    if name == "severity":
        return Cell(book.word(f"severity_{value}"), look=LOOKS.get(str(value), "plain"))
    if name == "life":
        mark, look = MARKS[str(value)]
        return Cell(f"{mark} {book.word(f'deviation_life_{value}')}", look=look)
    if name == "next":
        word = book.word(f"deviation_next_{value}")
        alone = pd.isna(line.proof) or int(line.proof) == int(line.year) + 1
        return Cell(word if alone else book.word("deviation_next_in", year=int(line.proof), word=word))
    if name == "year":
        return Cell(int(value), "0")
    if isinstance(value, pd.Timestamp):
        return Cell(f"{value:%Y-%m-%d}")
    return Cell(str(value))


def counted(found: pd.DataFrame, by: str) -> pd.DataFrame:
    """How many deviations of each group are in which state of LIVES; those of nobody last."""
    keys = found[by].astype("object").where(found[by].notna(), "")
    rows = [
        {
            "group": group or None,
            "deviations": len(some),
            **{f"life_{one}": int((some["life"] == one).sum()) for one in LIVES},
        }
        for group, some in found.groupby(keys, sort=False)
    ]
    rows.sort(key=lambda row: row["group"] is None)
    return pd.DataFrame(rows, columns=["group", "deviations", *(f"life_{one}" for one in LIVES)])


def _counts(found: pd.DataFrame, book: Book) -> Table:
    table = counted(found, "department")
    rows = [
        Row(
            [
                _party(line.group, book),
                *(Cell(int(getattr(line, name)), "#,##0") for name in table.columns[1:]),
            ]
        )
        for line in lines(table)
    ]
    heads = [book.word("head_answers"), *(head(str(name), book) for name in table.columns[1:])]
    return Table(Column.plain(*heads), rows, book.word("deviation_table_counts"))


def _party(name: Any, book: Book) -> Cell:
    return Cell(book.word("nobody"), look="bad") if name is None or pd.isna(name) else Cell(str(name))


# ---- the ledger that is sent back ------------------------------------------------------------------


def correction_ledger(
    found: pd.DataFrame, name: str, year: int, codes: Mapping[str, CodeList], book: Book
) -> Sheet:
    """The workbook's sheet: the ledger's own columns, what is known filled in, what is decided left blank."""
    ledger = book.ledgers[CORRECTION]
    rows = [
        Row([_given(line, field.id, year, codes, book) for field in ledger.fields]) for line in lines(found)
    ]
    columns = [
        Column((field.label.zh,), width=WIDTHS.get(field.id), choices=_choices(field.codes, codes))
        for field in ledger.fields
    ]
    table = Table(columns, rows, notes=[book.word("deviation_ledger_note")])
    title = book.word("report_title", unit=name, year=year, title=ledger.label.text(book.lang))
    return Sheet(ledger.label.zh, (table,), title=title, footer=book.word("list_internal"), frozen=1)


def _choices(listed: str | None, codes: Mapping[str, CodeList]) -> tuple[str, ...]:
    return tuple(value.label.zh for value in codes[listed].values) if listed and listed in codes else ()


def _given(line: Any, name: str, year: int, codes: Mapping[str, CodeList], book: Book) -> Cell:
    """What a column of the ledger says before it is filled in."""
    parts = [] if pd.isna(line.unit) else str(line.unit).split("/")
    places = dict(zip(("county", "township", "village"), parts, strict=False))
    if name in ("county", "township", "village"):
        return Cell(places.get(name))
    made = {
        "year": year,
        "kind": book.word(f"deviation_kind_{line.kind}"),
        "detector": line.label,
        "evidence": evidence_said(line, book),
        "place": line.cells,
    }
    value = made[name] if name in made else getattr(line, name, None)
    if value is None or value is pd.NaT or pd.isna(value):
        return Cell(None)
    if name == "decision" and "correction_decision" in codes:
        labels = {one.code: one.label.zh for one in codes["correction_decision"].values}
        return Cell(labels.get(str(value), str(value)))
    if isinstance(value, pd.Timestamp):
        return Cell(f"{value:%Y-%m-%d}")
    return Cell(int(value), "0") if name == "year" else Cell(str(value))
