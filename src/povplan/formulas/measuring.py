"""Formulas over many rows: `sum(poor) / sum(population)` at every node of the tree of units.

A row counts only where every part of the formula is known on it, so that numerator and denominator speak
of the same rows; the others are left out and counted. Ratios are sum over sum at every level.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from povplan.formulas.aggregates import Placed
from povplan.formulas.columns import Bools, Column, blank, divide, unload
from povplan.formulas.compiler import Compiler, Row
from povplan.formulas.faults import FormulaError, FormulaErrors
from povplan.formulas.grammar import Parsed, parse
from povplan.formulas.kinds import FEN, arithmetic
from povplan.formulas.parts import (
    Aggregate,
    Figures,
    Part,
    PartCompiler,
    adds_upward,
    ratio,
)
from povplan.formulas.rowwise import ROW_LANGUAGE
from povplan.formulas.scope import Rows, Scope
from povplan.spec import Parameter
from povplan.units import Codes, Tree


@dataclass(frozen=True)
class Plan:
    """How a measure is computed: which rows, which aggregates over them, what arithmetic on those."""

    where: Row | None
    aggregates: tuple[Aggregate, ...]
    sides: tuple[Part, ...]
    """The value alone, or numerator and denominator."""
    parameters: tuple[Parameter, ...]


@dataclass(frozen=True)
class MeasureFormula:
    """A figure for each node of the tree of units, from the rows of a ledger."""

    text: str
    where: str | None
    kind: Literal["number", "money"]
    fields: tuple[str, ...]
    """Own fields used, in the order of the text, then those of `where`."""
    needs: frozenset[str]
    """Other ledgers looked at."""
    uses_previous: bool
    additive: bool
    """The value of a unit is the sum of those below it; of a ratio, numerator and denominator are."""
    is_ratio: bool
    _plan: Plan = field(repr=False, compare=False)

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Those that it or its condition names."""
        return self._plan.parameters

    def __call__(self, rows: Rows, tree: Tree) -> pd.DataFrame:
        """One row per node: value, numerator, denominator (money in yuan), n, left_out, note.

        A missing value has a note: `no_rows`; `out_of_life` where a parameter is not in force that year;
        else `no_denominator`. Rows whose unit is not in the tree count nowhere.
        """
        return self._over(rows, tree, rows.nodes(tree))

    def grouped(self, rows: Rows, groups: Codes, count: int) -> pd.DataFrame:
        """The same, one row per group: `groups` is row → group below `count`, -1 where it counts nowhere."""
        return self._over(rows, Tree.flat(count), groups)

    def row_by_row(self, rows: Rows) -> pd.Series:
        """Row → `used`, `left_out` (a part is unknown), `open` (so is whether it is meant), `out`.

        `out` are rows for which the condition does not hold: they are none of the figure's.
        """
        usable, left_out, _ = self._sorted_out(rows)
        state = np.where(usable, "used", np.where(left_out, "left_out", "out")).astype(object)
        if self._plan.where is not None:
            selected = self._plan.where.run(rows).spread(len(rows))
            state[left_out & ~selected.known] = "open"
        return pd.Series(state, index=rows.frame.index, dtype="string")

    def bases(
        self, rows: Rows, tree: Tree, counting: Sequence[str], *, by_row: bool
    ) -> list[npt.NDArray[np.float64]]:
        """What the figure rests on at each node, count by count, of the rows it uses.

        With `by_row` how many there are, how many add to each aggregate, and of a share (each row's part is
        its whole or nothing) how many are not in it. Then the sum of each aggregate and, of two, their
        difference. Last the sums of the fields `counting`.
        """
        usable, _, over = self._sorted_out(rows)
        nodes = rows.nodes(tree)
        chosen = np.flatnonzero(usable & (nodes >= 0))
        at = nodes[chosen]
        parts = [_numbers(column.take(chosen), len(chosen)) for column in over]

        def summed(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
            here = np.bincount(at, weights=values, minlength=len(tree.paths)).astype(np.float64)
            return np.asarray(tree.add_upward(here), np.float64)

        found = [summed(np.ones(len(chosen)))] if by_row else []
        if by_row:
            found += [summed((part != 0).astype(np.float64)) for part in parts]
        if self.is_ratio and len(parts) == 2:
            some, whole = parts
            if by_row:
                is_share = bool(((some == 0) | (some == whole)).all())
                found.append(summed(((some != whole) & is_share).astype(np.float64)))
            found.append(summed(whole - some))
        found += [summed(part) for part in parts]
        fields = [rows.column(name, "number").spread(len(rows)).take(chosen) for name in counting]
        return [*found, *(summed(_numbers(field, len(chosen))) for field in fields)]

    def _over(self, rows: Rows, tree: Tree, nodes: Codes) -> pd.DataFrame:
        usable, left_out, over = self._sorted_out(rows)
        chosen = np.flatnonzero(usable & (nodes >= 0))
        placed = Placed(tree, nodes[chosen])
        pairs = zip(self._plan.aggregates, over, strict=True)
        figures = Figures(tuple(part.of(placed, column, chosen) for part, column in pairs), rows)
        sides = [_in_yuan(side, figures, placed) for side in self._plan.sides]
        value, nothing = divide(*sides) if self.is_ratio else sides[0], blank(placed.size, "number")
        numerator, denominator = sides if self.is_ratio else (nothing, nothing)
        index = pd.RangeIndex(placed.size)
        table = {"value": value, "numerator": numerator, "denominator": denominator}
        found = pd.DataFrame({name: unload(column, "number", index) for name, column in table.items()})
        return found.assign(
            n=placed.rows,
            left_out=Placed(tree, nodes[left_out & (nodes >= 0)]).rows,
            note=self._notes(placed.some, ~value.known, rows.year),
        )

    def _sorted_out(self, rows: Rows) -> tuple[Bools, Bools, list[Column]]:
        """Rows that count, rows left out because something is unknown, and what is aggregated."""
        every, plan = Column.constant(True), self._plan
        selected = (plan.where.run(rows) if plan.where else every).spread(len(rows))
        over = [part.over.run(rows) if part.over else every for part in plan.aggregates]
        over = [column.spread(len(rows)) for column in over]
        usable = reduce(np.logical_and, [c.known for c in over], selected.values & selected.known)
        return usable, ~usable & (selected.values | ~selected.known), over

    def _notes(self, some: Bools, missing: Bools, year: int) -> pd.Series:
        in_force = [parameter.in_force(year) for parameter in self._plan.parameters]
        why = "out_of_life" if None in in_force else np.where(some, "no_denominator", "no_rows")
        return pd.Series(np.where(missing, why, ""), dtype="string").replace("", pd.NA)


def _numbers(column: Column, length: int) -> npt.NDArray[np.float64]:
    """The values as numbers, unknown ones as nothing; a row of text counts as one."""
    whole = column.spread(length)
    if not isinstance(whole.values, np.ndarray) or whole.values.dtype.kind not in "biuf":
        return np.ones(length)
    return np.where(whole.known, np.nan_to_num(whole.values.astype(np.float64)), 0.0)


def _in_yuan(part: Part, figures: Figures, placed: Placed) -> Column:
    """A part's figure at every node; unknown where no row counts."""
    column = part.run(figures).spread(placed.size)
    values = column.values / FEN if part.kind == "money" else column.values
    return Column(values, column.known & placed.some)


def measure_formula(text: str, scope: Scope, where: str | None = None) -> MeasureFormula:
    """The formula `text` over the rows of `scope.ledger` for which `where` holds.

    Raises FormulaErrors with every fault found in both texts; each error carries its own text.
    """
    trees = _parsed(text, *([] if where is None else [where]))
    compilers = [Compiler(tree, scope, ROW_LANGUAGE) for tree in trees]
    parts = PartCompiler(compilers[0])
    sides = _sides(parts, trees[0])
    selected = compilers[1].expect(trees[1].tree, "boolean") if where is not None else None
    errors = [error for compiler in compilers for error in compiler.errors]
    if errors:
        raise FormulaErrors(errors)
    value = arithmetic("/", *sides) if len(sides) == 2 else sides[0]
    names = dict.fromkeys(name for compiler in compilers for name in compiler.parameters)
    parameters = tuple(scope.parameters[name] for name in names)
    return MeasureFormula(
        text=text,
        where=where,
        kind="money" if value and value.kind == "money" else "number",
        fields=tuple(dict.fromkeys(name for compiler in compilers for name in compiler.fields)),
        needs=frozenset(name for compiler in compilers for name in compiler.needs),
        uses_previous=any(compiler.uses_previous for compiler in compilers),
        additive=all(adds_upward(tree) for tree in ratio(trees[0].tree) or [trees[0].tree]),
        is_ratio=len(sides) == 2,
        _plan=Plan(selected, tuple(parts.aggregates), sides, parameters),
    )


def _parsed(*texts: str) -> list[Parsed]:
    errors: list[FormulaError] = []
    trees: list[Parsed] = []
    for text in texts:
        try:
            trees.append(parse(text))
        except FormulaErrors as found:
            errors += found.errors
    if errors:
        raise FormulaErrors(errors)
    return trees


def _sides(parts: PartCompiler, parsed: Parsed) -> tuple[Part, ...]:
    """Numerator and denominator of a ratio, else the value alone; fewer where something is wrong."""
    sides = [parts.compile(side) for side in ratio(parsed.tree) or [parsed.tree]]
    made = tuple(side for side in sides if side is not None)
    if made and not parts.aggregates:
        parts.rows.fail(parsed.tree, "formula_no_aggregate")
    return made
