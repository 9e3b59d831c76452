"""The special fund and what it moved: both ratios by unit, and the sources that the money came from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from povplan.shares import shares
from povplan.sheets.book import Book, lines, missing
from povplan.sheets.facts import Facts
from povplan.sheets.indicators import titled
from povplan.sheets.page import (
    Cell,
    Chart,
    Charts,
    Column,
    QuotientOf,
    Row,
    Sheet,
    SumAcross,
    SumOf,
    Table,
    number_in,
)
from povplan.sheets.unitrows import NEAR, is_number, unit_rows
from povplan.spec import ReportSheet

AMOUNTS = ("lever", "others", "total")
RATIOS: Mapping[str, str] = {"leverage_others": "others", "leverage_total": "total"}
"""A ratio → the amount that is divided by the special fund."""
COLUMNS: tuple[tuple[str, str], ...] = (
    *((name, "all") for name in (*AMOUNTS, *RATIOS)),
    *((name, "with_lever") for name in ("lever", "others", *RATIOS)),
    ("memo", "all"),
)
"""(figure, scope) of each column, in order; a memo stands outside both ratios."""
RATIO_SHAPE, MONEY_SHAPE = "0.0000", "#,##0.00"
Values = Mapping[tuple[str, str, str], Any]


def leverage_sheet(spec: ReportSheet, facts: Facts, book: Book) -> Iterator[Sheet]:
    """Units down; special fund, other money, both ratios across: of all money, then beside special money."""
    at = facts.figures[facts.figures["scope"].notna()]
    if not len(at):
        return
    values: Values = {(line.indicator, line.scope, line.unit): line for line in lines(at)}
    factor = book.money_factor(spec.money)
    additive = [name in ("lever", "others", "memo") for name, _ in COLUMNS]
    rows = unit_rows(
        list(at["unit"].unique()),
        lambda unit: _with_ratios(
            [_cell(values.get((*column, unit)), column[0], factor) for column in COLUMNS]
        ),
        additive,
        book.word("report_own_level"),
    )
    columns = [Column((book.word("head_unit"),), width=24)]
    columns += [
        Column(
            (book.word(f"scope_{scope}"), book.word(f"figure_{name}"))
            if name != "memo"
            else (book.word("figure_memo"),)
        )
        for name, scope in COLUMNS
    ]
    notes = [
        book.word("leverage_note"),
        *_labour(book),
        *_contained(at, book),
        *_named_gaps(at, book),
        book.legend,
    ]
    yield _sheet(spec, facts, book, [Table(columns, rows, notes=notes)])


def sources_sheet(spec: ReportSheet, facts: Facts, book: Book) -> Iterator[Sheet]:
    """Where the money came from: classes with share and ratio, then units; a page of charts of both."""
    if book.funds is None:
        return
    at = facts.figures[facts.figures["scope"] == "all"]
    values = {(line.indicator, line.unit): line for line in lines(at)}
    groups = [group for group in book.funds.classes if (f"amount_{group.id}", facts.unit) in values]
    classes = [(group.id, group.label.text(book.lang)) for group in groups]
    if not classes:
        return
    factor = book.money_factor(spec.money)
    units = list(at["unit"].unique())
    below = [unit for unit in units if unit.rpartition("/")[0] == facts.unit]

    def amounts(unit: str) -> list[Cell]:
        return [_cell(values.get((f"amount_{name}", unit)), "amount", factor) for name, _ in classes]

    near = [Row([unit.rsplit("/", 1)[-1], *amounts(unit)]) for unit in below]
    whole = unit_rows(units, amounts, [True] * len(classes), book.word("report_own_level"))
    columns = Column.plain(book.word("head_unit"), *(label for _, label in classes))
    tables = [
        _by_class(classes, facts, values, factor, book),
        *([Table(columns, near, book.word("report_source_below"))] if near else []),
    ]
    last = Table(columns, whole, book.word("report_source_by_unit"), [book.legend])
    page = _sheet(spec, facts, book, [*tables, last])
    yield page
    said = book.word("report_source_charts")
    charts = [replace(chart, sheet=page.name) for chart in _source_charts(len(classes), len(near), book)]
    yield replace(page, name=f"{page.name}·{said}", title=f"{page.title}·{said}", parts=(Charts(charts),))


def _source_charts(classes: int, units: int, book: Book) -> Iterator[Chart]:
    """The classes beside each other, and every unit's classes on top of each other."""
    title = book.word("report_source_by_class")
    yield Chart("bar", title, 0, (0, classes - 1), 0, (1,), "#,##0")
    if units > 1:
        across = tuple(range(1, classes + 1))
        yield Chart("stacked", book.word("report_source_below"), 1, (0, units - 1), 0, across, "#,##0")


def _by_class(
    classes: Sequence[tuple[str, str]],
    facts: Facts,
    values: Mapping[tuple[str, str], Any],
    factor: float,
    book: Book,
) -> Table:
    heads = (book.word(f"report_source_{name}") for name in ("amount", "share", "ratio", "kind"))
    return Table(
        Column.plain(book.word("head_class"), *heads),
        _class_rows(classes, facts, values, factor, book),
        book.word("report_source_by_class"),
        [book.word("report_source_note"), *_labour(book)],
    )


def _labour(book: Book) -> list[str]:
    """What days of work count for, where the taxonomy names their wage."""
    return [book.word("report_labour_note")] if book.funds and book.funds.wages else []


def _sheet(spec: ReportSheet, facts: Facts, book: Book, parts: Sequence[Any]) -> Sheet:
    stage = {one.id: one.label.text(book.lang) for one in book.funds.stages} if book.funds else {}
    basis = stage.get(facts.basis or "", "")
    return Sheet(
        spec.name.text(book.lang),
        tuple(parts),
        title=titled(spec, facts, book),
        left=book.word("report_basis", basis=basis),
        right=book.word("report_money_unit", unit=spec.money),
    )


def _cell(line: Any, name: str, factor: float) -> Cell:
    if line is None:
        return Cell(None)
    if pd.isna(line.value):
        return missing(line.note)
    if name in RATIOS:
        return Cell(float(line.value), RATIO_SHAPE)
    return Cell(float(line.value) / factor, MONEY_SHAPE)


def _with_ratios(cells: list[Cell]) -> list[Cell]:
    """The total and the ratios of a row as formulas over its amounts."""
    return [_live(cell, name, scope, cells) for cell, (name, scope) in zip(cells, COLUMNS, strict=True)]


def _live(cell: Cell, name: str, scope: str, cells: Sequence[Cell]) -> Cell:
    if not is_number(cell):
        return cell
    place = {column: number for number, column in enumerate(COLUMNS)}
    if name == "total":
        parts = [place["lever", scope], place["others", scope]]
        agrees = abs(sum(number_in(cells[n]) for n in parts) - number_in(cell)) < NEAR
        return replace(cell, live=SumAcross(tuple(n + 1 for n in parts))) if agrees else cell
    if name in RATIOS and (above := place.get((RATIOS[name], scope))) is not None:
        return replace(cell, live=QuotientOf(above + 1, place["lever", scope] + 1))
    return cell


def _contained(at: pd.DataFrame, book: Book) -> Iterator[str]:
    """What the totals leave out: money of no known source, money at no known stage, blank amounts."""
    top = at[at["unit"] == at["unit"].iloc[0]]
    for name in ("unclassified", "unstaged"):
        amount = top.loc[(top["indicator"] == name) & (top["scope"] == "all"), "value"].dropna()
        if len(amount) and float(amount.iloc[0]):
            yield book.word(f"report_{name}", amount=f"{float(amount.iloc[0]):,.2f}")
    left_out = top.loc[(top["indicator"] == "leverage_total") & (top["scope"] == "all"), "left_out"].dropna()
    if len(left_out) and int(left_out.iloc[0]):
        yield book.word("report_blank_amounts", count=int(left_out.iloc[0]))


def _named_gaps(at: pd.DataFrame, book: Book) -> list[str]:
    ratios = at[at["indicator"].isin(list(RATIOS)) & (at["scope"] == "all")]
    return book.reasons(ratios, {name: book.word(f"figure_{name}") for name in RATIOS})


def _class_rows(
    classes: Sequence[tuple[str, str]],
    facts: Facts,
    values: Mapping[tuple[str, str], Any],
    factor: float,
    book: Book,
) -> list[Row]:
    """One row a class: amount, share of the total, yuan for each yuan of special fund, how it counts."""
    counts = _counts(book)
    kinds = [counts.get(name, "others") for name, _ in classes]
    amounts = [_cell(values[f"amount_{name}", facts.unit], "amount", factor) for name, _ in classes]
    counted = [kind != "memo" and is_number(cell) for kind, cell in zip(kinds, amounts, strict=True)]
    percents = shares(
        [number_in(cell) if counts_ else np.nan for cell, counts_ in zip(amounts, counted, strict=True)], 2
    )
    rows = []
    for (name, label), kind, amount, percent in zip(classes, kinds, amounts, percents, strict=True):
        ratio = values.get((f"leverage_{name}", facts.unit))
        per_yuan = Cell("—") if ratio is None else _cell(ratio, "leverage_others", factor)
        share = Cell("—") if np.isnan(percent) else Cell(float(percent) / 100, "0.00%")
        rows.append(Row([label, amount, share, per_yuan, book.word(f"report_counts_{kind}")]))
    live = SumOf(tuple(number for number, kind in enumerate(kinds) if kind != "memo"))
    sums = [sum(number_in(rows[number].cells[column]) for number in live.rows) for column in (1, 2)]
    share = Cell(round(sums[1], 8), "0.00%", live) if any(counted) and sums[1] else Cell("—")
    label, contains = book.word("report_total"), book.word("report_without_memo")
    total = Row([label, Cell(sums[0], MONEY_SHAPE, live), share, Cell("—"), contains], "total")
    return [*rows, total]


def _counts(book: Book) -> dict[str, str]:
    """Class of money → whether it is the lever, is moved by it, or stands outside."""
    sources = book.funds.sources if book.funds else ()
    return {one.cls: "memo" if one.memo else "lever" if one.lever else "others" for one in sources}
