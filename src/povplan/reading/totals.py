"""A printed total compared with its rows: kept out of the ledger, and never believed unchecked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from povplan.reading.columns import Columns
from povplan.reading.heads import Column
from povplan.reading.lines import Note, Numbers, fields_of
from povplan.spec import NUMERIC, LedgerField


def check_totals(sheet: Columns) -> tuple[int, list[Note]]:
    """How many printed totals equal the sum of their rows, and a note for each that does not.

    A total over a cell that could not be read is not judged: the cell has its own finding.
    """
    rows = sheet.lines.totals
    if not rows or not sheet.lines.data or sheet.layout.form.totals == "ignore":
        return 0, []
    columns = [_Summed.of(sheet, column, spec, rows) for column, spec in _summed_columns(sheet)]
    agreeing, notes = 0, []
    for at, row in enumerate(rows):
        printed = [column for column in columns if column.printed[at] is not None]
        scopes = _scopes(row, sheet)
        score = np.sum([column.agree(at, scopes) for column in printed], axis=0)
        best = scopes[int(np.argmax(score))] if printed else scopes[0]
        for column in printed:
            if column.agree(at, best[None])[0]:
                agreeing += 1
            elif not column.unread_in(best):
                notes.append(column.note(row, at, best))
    return agreeing, notes


def _summed_columns(sheet: Columns) -> Iterator[tuple[Column, LedgerField]]:
    """The columns whose printed total is a sum."""
    measurement = sheet.definitions.vocabulary.measurement
    seen: set[int] = set()
    for name, column, ledger in fields_of(sheet.layout):
        spec = sheet.definitions.ledgers[ledger].field(name)
        is_rate = spec.unit is not None and measurement[spec.unit].dimension == "ratio"
        is_summed = spec.type in NUMERIC and spec.additive and not is_rate and name != "year"
        if is_summed and column.number not in seen:
            seen.add(column.number)
            yield column, spec


def _scopes(row: int, sheet: Columns) -> Numbers:
    """What a printed total may sum, as [from, to) among the data rows; the likeliest first.

    All rows, or those between it and any other total above or below: totals stand at the foot or on top
    of a group, groups stand within groups, and page totals add up what was before.
    """
    totals = np.array(sheet.lines.totals)
    edges = np.unique(np.searchsorted(sheet.rows, totals))
    here, count = int(np.searchsorted(sheet.rows, row)), len(sheet.rows)
    above = [(int(edge), here) for edge in (0, *edges[edges < here])][::-1]
    below = [(here, int(edge)) for edge in (*edges[edges > here], count)]
    whole = [(0, count)]
    first = sheet.grid.row(row)
    is_group = any(isinstance(c, str) and sheet.definitions.vocabulary.is_subtotal(c) for c in first)
    groups = [scope for scope in above + below if scope[0] < scope[1]]
    return np.array([*groups, *whole] if is_group else [*whole, *groups], np.int64)


@dataclass(frozen=True)
class _Summed:
    """One column: sums of its first n data rows, cells it could not read, and what its totals say."""

    column: Column
    spec: LedgerField
    sums: npt.NDArray[Any]
    unread: Numbers
    printed: Sequence[Any]

    @classmethod
    def of(cls, sheet: Columns, column: Column, spec: LedgerField, rows: Sequence[int]) -> _Summed:
        reading = sheet.read(spec, column)
        kind = np.float64 if spec.type == "number" else np.int64
        values = reading.values.fillna(0).to_numpy(kind)
        unread = [i for i, rule, _ in reading.troubles if rule != "third_decimal"]
        seen = np.searchsorted(sheet.rows, [row for row, _, _ in sheet.unseen.get(column.number, ())])
        totals = sheet.read_rows(spec, column, rows).values
        return cls(
            column,
            spec,
            np.concatenate([np.zeros(1, kind), np.cumsum(values)]),
            np.array([*unread, *seen], np.int64),
            [
                value.item() if known else None
                for value, known in zip(totals.fillna(0).to_numpy(kind), totals.notna(), strict=True)
            ],
        )

    def summed(self, scopes: Numbers) -> npt.NDArray[Any]:
        """The sum over each scope."""
        return np.asarray(self.sums[scopes[:, 1]] - self.sums[scopes[:, 0]])

    def agree(self, at: int, scopes: Numbers) -> npt.NDArray[np.bool_]:
        """Which scopes the printed total is the sum of."""
        total = self.printed[at]
        slack = 0.005 + 1e-9 * abs(float(total)) if self.spec.type == "number" else 0
        return np.asarray(np.abs(self.summed(scopes) - total) <= slack)

    def unread_in(self, scope: Numbers) -> bool:
        """Whether a cell of the scope could not be read."""
        return bool(((self.unread >= scope[0]) & (self.unread < scope[1])).any())

    def note(self, row: int, at: int, scope: Numbers) -> Note:
        """What to say of a total that disagrees."""
        more = {"printed": self._show(self.printed[at]), "summed": self._show(self.summed(scope[None])[0])}
        return Note("total_differs", row, self.column.number, self.spec.id, self.spec.label.zh, more)

    def _show(self, value: Any) -> str:
        return f"{int(value) / 100:,.2f}" if self.spec.type == "money" else f"{value:,}"
