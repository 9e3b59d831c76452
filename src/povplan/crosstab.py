"""A cross-tab: one figure for every pair of categories, its margins computed from the rows.

A margin is never made of cells: a ratio there is sum over sum, a median that of all rows. A row whose
category is blank is counted under 不详; a cell without rows has no figure, which is not zero.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from povplan.formulas import MeasureFormula, Rows
from povplan.lists import FEN, Bools, column
from povplan.messages import Said, say
from povplan.spec import LEVELS, NUMERIC, CodeList, LedgerField
from povplan.units import Codes, Tree

Kind = Literal["category", "subtotal", "total"]
Share = Literal["row", "col", "all"]
CELL_COLUMNS = ("line", "column", "value", "numerator", "denominator", "n", "left_out", "note")
PARTS = 1000
"""Shares are printed to a tenth of a percent."""


# ---- what rows are parted by -------------------------------------------------------------------------


@dataclass(frozen=True)
class Axis:
    """Categories in their order, and for every row the place of its own; -1 for rows not chosen.

    Only categories that some chosen row has, and the bands between the outermost of those.
    """

    labels: tuple[Said, ...]
    codes: Codes


def axis(
    rows: Rows,
    chosen: Bools,
    field: LedgerField,
    tree: Tree,
    codes: Mapping[str, CodeList],
    bands: Sequence[float] = (),
) -> Axis:
    """The categories of a field: a choice by its code list, a place by official order, numbers ascending.

    Texts stand in the order in which they first come up. A unit above the level asked for is a category
    of its own (县本级). Blanks come last.
    """
    if field.place in LEVELS:
        whole = _places(rows, field, tree)
    elif bands:
        whole = _banded(column(rows.frame, field), field, bands)
    else:
        whole = _valued(column(rows.frame, field), field, codes.get(field.codes or ""))
    return _present(_with_blank(whole), chosen, whole=bool(bands))


def _places(rows: Rows, field: LedgerField, tree: Tree) -> Axis:
    """Units of the field's level in the tree's order; two of one name with the name above before theirs."""
    depth = LEVELS.index(field.place)
    nodes = rows.nodes(tree)
    above = tree.ancestors(LEVELS[depth])
    own = np.where(above < 0, np.arange(len(tree.paths)), above)
    names = [path.rsplit("/", 1)[-1] for path in tree.paths]
    deep = [int(level) == depth for level in tree.depths]
    twice = {name for name in names if sum(d and n == name for d, n in zip(deep, names, strict=True)) > 1}
    labels = [
        Said(*[" ".join(path.split("/")[-2:]) if name in twice else name] * 2)
        if is_deep
        else say("axis_above", name=name)
        for path, name, is_deep in zip(tree.paths, names, deep, strict=True)
    ]
    return Axis(tuple(labels), np.append(own, -1)[nodes])


def _valued(values: pd.Series, field: LedgerField, codes: CodeList | None) -> Axis:
    """One category a value."""
    if field.type == "date":
        values = values.dt.year.astype("Int64") if len(values) else values.astype("Int64")
    found, distinct = pd.factorize(values)
    known = list(distinct)
    listed = [code.code for code in codes.values] if codes and field.type == "choice" else []
    if listed:
        order = sorted(range(len(known)), key=lambda at: _place_in(listed, known[at]))
    elif field.type == "boolean":
        order = sorted(range(len(known)), key=lambda at: not known[at])
    elif field.type in (*NUMERIC, "date"):
        order = sorted(range(len(known)), key=lambda at: known[at])
    else:
        order = list(range(len(known)))
    place = np.full(len(known) + 1, -1, np.int64)
    place[order] = np.arange(len(order))
    labels = tuple(_label(known[at], field, codes) for at in order)
    return Axis(labels, place[found])


def _place_in(listed: Sequence[str], code: str) -> int:
    return listed.index(code) if code in listed else len(listed)


def _label(value: Any, field: LedgerField, codes: CodeList | None) -> Said:
    if field.type == "boolean":
        return say("check_yes" if value else "check_no")
    if field.type == "money":
        return _same(_number(value / FEN))
    if field.type in ("integer", "number", "date"):
        return _same(str(int(value)) if float(value).is_integer() else _number(value))
    label = next((code.label for code in codes.values if code.code == value), None) if codes else None
    return label.said if label else _same(str(value))


def _banded(values: pd.Series, field: LedgerField, bands: Sequence[float]) -> Axis:
    """Bands that hold their lower bound and not their upper; money in yuan."""
    edges = [round(edge * FEN) if field.type == "money" else edge for edge in bands]
    known = values.notna().to_numpy(bool)
    places = np.searchsorted(edges, values.to_numpy("float64", na_value=0.0), side="right")
    first, last = _number(bands[0]), _number(bands[-1])
    between = [say("band_between", low=_number(low), high=_number(high)) for low, high in pairwise(bands)]
    labels = (say("band_below", high=first), *between, say("band_from", low=last))
    return Axis(labels, np.where(known, places, -1).astype(np.int64))


def _number(value: float) -> str:
    return f"{value:.15g}"


def _same(text: str) -> Said:
    return Said(text, text)


def _with_blank(whole: Axis) -> Axis:
    blank = len(whole.labels)
    return Axis((*whole.labels, say("axis_blank")), np.where(whole.codes < 0, blank, whole.codes))


def _present(found: Axis, chosen: Bools, *, whole: bool) -> Axis:
    """Without the categories that no chosen row has; of bands only those beyond the outermost go."""
    used = np.unique(found.codes[chosen])
    blank = len(found.labels) - 1
    if whole and (bands := used[used < blank]).size:
        used = np.union1d(used, np.arange(bands[0], bands[-1] + 1))
    place = np.full(len(found.labels) + 1, -1, np.int64)
    place[used] = np.arange(len(used))
    codes = np.where(chosen, place[found.codes], -1)
    return Axis(tuple(found.labels[at] for at in used), codes)


# ---- the table -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """A line of the table, or a column: the labels of its categories, one for each field it is parted by."""

    labels: tuple[Said, ...]
    kind: Kind
    group: int = -1
    """Place of the outer category, where lines stand in groups."""


@dataclass(frozen=True)
class CrossTab:
    """Lines, columns, and a frame of CELL_COLUMNS with one row for each pair, line by line."""

    lines: tuple[Line, ...]
    columns: tuple[Line, ...]
    cells: pd.DataFrame

    def grid(self, name: str = "value") -> npt.NDArray[Any]:
        """One figure of the cells as lines × columns, NaN where blank; of notes "" where none."""
        values = self.cells[name]
        plain = (
            values.fillna("").to_numpy(object)
            if name == "note"
            else values.to_numpy("float64", na_value=np.nan)
        )
        found: npt.NDArray[Any] = plain.reshape(len(self.lines), len(self.columns))
        return found

    def places(self, lines: Sequence[Line], *kinds: Kind) -> list[int]:
        """Which lines, or columns, are of some kinds."""
        return [at for at, line in enumerate(lines) if line.kind in kinds]


def crosstab(
    formula: MeasureFormula,
    rows: Rows,
    chosen: Bools,
    down: Sequence[Axis],
    across: Axis | None = None,
    stages: MeasureFormula | None = None,
) -> CrossTab:
    """`formula` for each pair of categories and for every margin, each from the rows themselves.

    `down` has one axis, or an outer and an inner one: then each outer category has a subtotal. `stages`
    counts the stages of money in a cell: amounts of several are not added, the cell says so.
    """
    lines, line_of = _lines(down, chosen)
    columns, column_of = _columns(across, chosen)
    cells = [
        _figures(formula, rows, at_line, at_column, stages, of_lines, of_columns)
        for of_lines, at_line in line_of
        for of_columns, at_column in column_of
    ]
    frame = pd.concat(cells, ignore_index=True).sort_values(["line", "column"], ignore_index=True)
    return CrossTab(lines, columns, frame[list(CELL_COLUMNS)])


Grouping = tuple[Sequence[int], Codes]
"""Lines (or columns) of one kind by their places in the table, and for each row the one it belongs to."""


def _lines(down: Sequence[Axis], chosen: Bools) -> tuple[tuple[Line, ...], list[Grouping]]:
    total = np.where(chosen, 0, -1).astype(np.int64)
    if len(down) == 1:
        only = down[0]
        lines = [Line((label,), "category") for label in only.labels]
        whole = (*lines, Line((say("axis_total"),), "total"))
        return whole, [(range(len(lines)), only.codes), ([len(lines)], total)]
    outer, inner = down
    pair = np.where(chosen, outer.codes * len(inner.labels) + inner.codes, -1)
    present = np.unique(pair[chosen])
    lines, cells, subtotals = [], [], []
    for at, label in enumerate(outer.labels):
        for code in present[present // len(inner.labels) == at]:
            cells.append(len(lines))
            lines.append(
                Line((label, _inside(label, inner.labels[code % len(inner.labels)])), "category", at)
            )
        subtotals.append(len(lines))
        lines.append(Line((label, say("axis_subtotal")), "subtotal", at))
    lines.append(Line((say("axis_total"), _same("")), "total"))
    compact = np.where(chosen, np.searchsorted(present, pair), -1)
    return tuple(lines), [(cells, compact), (subtotals, outer.codes), ([len(lines) - 1], total)]


def _inside(outer: Said, inner: Said) -> Said:
    """A village's own name where its township stands beside it."""
    return Said(inner.zh.removeprefix(f"{outer.zh} "), inner.en.removeprefix(f"{outer.en} "))


def _columns(across: Axis | None, chosen: Bools) -> tuple[tuple[Line, ...], list[Grouping]]:
    total = np.where(chosen, 0, -1).astype(np.int64)
    if across is None:
        return (Line((say("axis_total"),), "total"),), [([0], total)]
    columns = [Line((label,), "category") for label in across.labels]
    whole = (*columns, Line((say("axis_total"),), "total"))
    return whole, [(range(len(columns)), across.codes), ([len(columns)], total)]


def _figures(
    formula: MeasureFormula,
    rows: Rows,
    at_line: Codes,
    at_column: Codes,
    stages: MeasureFormula | None,
    lines: Sequence[int],
    columns: Sequence[int],
) -> pd.DataFrame:
    count = len(lines) * len(columns)
    groups = np.where((at_line >= 0) & (at_column >= 0), at_line * len(columns) + at_column, -1)
    found = formula.grouped(rows, groups, count)
    if stages is not None:
        mixed = stages.grouped(rows, groups, count)["value"].gt(1).fillna(False)
        found = found.assign(value=found["value"].mask(mixed), note=found["note"].mask(mixed, "mixed_stages"))
    places = np.array(lines, np.int64), np.array(columns, np.int64)
    return found.assign(line=np.repeat(places[0], len(columns)), column=np.tile(places[1], len(lines)))


# ---- shares ----------------------------------------------------------------------------------------------


def shares(table: CrossTab, of: Share) -> npt.NDArray[np.float64]:
    """Shares of the line, the column or the whole as fractions, to a tenth of a percent, lines × columns.

    They add up to exactly 1: what rounding leaves goes to the largest remainders. NaN where the whole is
    zero, and where there are no rows. ValueError for figures below zero, which are no parts of a whole.
    """
    values = table.grid()
    inner = table.places(table.lines, "category")
    outer = table.places(table.columns, "category") or list(range(len(table.columns)))
    if np.nanmin(values, initial=0.0) < 0:
        raise ValueError("shares of negative figures")
    found = np.full(values.shape, np.nan)
    if of == "all":
        block = apportioned(values[np.ix_(inner, outer)].ravel())
        found[np.ix_(inner, outer)] = block.reshape(len(inner), len(outer))
    elif of == "row":
        for at in range(len(table.lines)):
            found[at, outer] = apportioned(values[at, outer])
    else:
        for at in range(len(table.columns)):
            found[inner, at] = apportioned(values[inner, at])
    return _margins(found, table, of)


def apportioned(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Values as shares of their sum in thousandths that add up to 1; NaN stays NaN."""
    total = np.nansum(values)
    if not total > 0:
        return np.full(values.shape, np.nan)
    exact = np.nan_to_num(values) / total * PARTS
    whole = np.floor(exact + 1e-9)
    missing = int(PARTS - whole.sum())
    whole[np.argsort(-(exact - whole), kind="stable")[:missing]] += 1
    return np.where(np.isnan(values), np.nan, whole / PARTS)


def _margins(found: npt.NDArray[np.float64], table: CrossTab, of: Share) -> npt.NDArray[np.float64]:
    """Shares of subtotals and totals as the sums of the shares that they hold."""
    outer = table.places(table.columns, "category")
    if outer and of != "col":
        found[:, -1] = _sum(found[:, outer], axis=1)
    if of == "row":
        return found
    for at, line in enumerate(table.lines):
        if line.kind != "category":
            held = [
                k
                for k, other in enumerate(table.lines)
                if other.kind == "category" and (line.kind == "total" or other.group == line.group)
            ]
            found[at] = _sum(found[held], axis=0)
    return found


def _sum(values: npt.NDArray[np.float64], axis: int) -> npt.NDArray[np.float64]:
    nothing = np.isnan(values).all(axis=axis)
    total = np.round(np.nansum(values, axis=axis), 3)
    return np.where(nothing, np.nan, total)
