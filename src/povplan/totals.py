"""A printed total compared with its rows: kept out of the ledger, and never believed unchecked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from povplan.grid import Grid
from povplan.headers import Column, Layout
from povplan.lines import Definitions, Lines, Note, fields_of, unit_of
from povplan.spec import NUMERIC, LedgerField
from povplan.typed import read_column


def check_totals(
    grid: Grid, layout: Layout, lines: Lines, definitions: Definitions
) -> tuple[int, list[Note]]:
    """How many printed totals equal the sum of their rows, and a note for each that does not."""
    if not lines.totals or not lines.data or layout.form.totals == "ignore":
        return 0, []
    agreeing, notes = 0, []
    summed = list(_summed_columns(layout, definitions))
    sums = {column.number: _column_values(grid, layout, column, spec, definitions) for column, spec in summed}
    for row in lines.totals:
        scopes = _scopes(row, lines)
        printed = {c.number: (c, spec, sums[c.number][row]) for c, spec in summed if row in sums[c.number]}
        verdicts = [
            {n: _agrees(total, _sum(sums[n], scope), spec) for n, (_, spec, total) in printed.items()}
            for scope in scopes
        ]
        best = max(range(len(scopes)), key=lambda k: sum(verdicts[k].values()))
        agreeing += sum(verdicts[best].values())
        for number, (_, spec, total) in printed.items():
            if not verdicts[best][number]:
                summed_up = _sum(sums[number], scopes[best])
                more = {"printed": _show(total, spec), "summed": _show(summed_up, spec)}
                notes.append(Note("total_differs", row, number, spec.id, spec.label.zh, more))
    return agreeing, notes


def _summed_columns(layout: Layout, definitions: Definitions) -> Iterator[tuple[Column, LedgerField]]:
    """The columns whose printed total is a sum."""
    seen: set[int] = set()
    for name, column, ledger in fields_of(layout):
        spec = definitions.ledgers[ledger].field(name)
        unit = definitions.vocabulary.measurement[spec.unit] if spec.unit else None
        is_rate = unit is not None and unit.dimension == "ratio"
        is_summed = spec.type in NUMERIC and spec.additive and not is_rate and name != "year"
        if is_summed and column.number not in seen:
            seen.add(column.number)
            yield column, spec


def _column_values(
    grid: Grid, layout: Layout, column: Column, spec: LedgerField, definitions: Definitions
) -> dict[int, Any]:
    """Sheet row → value, of every row under the header where one stands."""
    cells = list(grid.columns[column.number - 1][layout.first_row - 1 :])
    reading = read_column(
        cells, spec, unit_of(spec, column, layout, definitions), definitions.vocabulary, definitions.codes
    )
    known = reading.values.dropna()
    return {int(i) + layout.first_row: value for i, value in known.items()}  # type: ignore[call-overload]


def _scopes(row: int, lines: Lines) -> list[list[int]]:
    """What a printed total may sum: all rows, those above it, those between it and the next total."""
    above = max((total for total in lines.totals if total < row), default=0)
    below = min((total for total in lines.totals if total > row), default=10**9)
    return [
        lines.data,
        [r for r in lines.data if r < row],
        [r for r in lines.data if above < r < row],
        [r for r in lines.data if row < r < below],
    ]


def _sum(values: Mapping[int, Any], rows: Iterable[int]) -> Any:
    return sum(values[row] for row in rows if row in values)


def _agrees(total: Any, summed: Any, spec: LedgerField) -> bool:
    if spec.type == "number":
        return bool(abs(float(total) - float(summed)) <= 0.005 + 1e-9 * abs(float(total)))
    return bool(total == summed)


def _show(value: Any, spec: LedgerField) -> str:
    return f"{int(value) / 100:,.2f}" if spec.type == "money" else f"{value:,}"
