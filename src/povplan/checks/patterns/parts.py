"""What every kind of pattern needs: the rows that take part, the fields looked at, the parameters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from povplan.checks.areas import AT_LEAST, Areas, Bools, Positions
from povplan.checks.verdict import Case, Shown, Verdict
from povplan.formulas import row_formula
from povplan.formulas.columns import Column
from povplan.formulas.faults import tell
from povplan.messages import Said
from povplan.spec import LedgerField, Pattern

Floats = npt.NDArray[np.float64]
YEAR = "year"
"""The field that differs from last year's in every row."""


@dataclass(frozen=True, eq=False)
class Meant:
    """A pattern and the rows that take part in it."""

    case: Case
    pattern: Pattern
    rows: Bools

    @cached_property
    def areas(self) -> Areas:
        """The rows by the unit within which they are compared."""
        return self.case.areas(self.pattern.per)

    @cached_property
    def groups(self) -> Areas:
        """The rows by unit and by the fields of `by`."""
        if not self.pattern.by:
            return self.areas
        columns = [self.case.values(name) for name in self.pattern.by]
        frame = pd.concat([pd.Series(self.areas.codes, index=columns[0].index), *columns], axis=1)
        codes = frame.groupby(list(frame.columns), dropna=False, sort=False).ngroup().to_numpy()
        within: Positions = np.where(self.areas.codes >= 0, codes, -1).astype(np.int64)
        return Areas(within, tuple(map(str, range(within.max(initial=-1) + 1))))

    @property
    def fields(self) -> list[LedgerField]:
        """The fields looked at, those left out that no form of the county has."""
        frame, ledger = self.case.rows.frame, self.case.ledger
        if self.pattern.fields:
            return [ledger.field(name) for name in self.pattern.fields if name in frame]
        keys = {name for key in ledger.key for name in key} | {*ledger.links.values(), YEAR}
        spoken = (field for field in ledger.fields if field.id not in keys and field.id in frame)
        return [field for field in spoken if field.place is None and not field.person]

    @property
    def limit(self) -> float | None:
        """How far is too far; None where the parameter is not in force."""
        return self.case.limit(self.pattern.limit)

    @property
    def least(self) -> float:
        """The fewest cases of which anything is said, never below ten; none are enough without it."""
        least = self.case.limit(self.pattern.least)
        return np.inf if least is None else max(least, AT_LEAST)

    def numbers(self, field: LedgerField) -> Floats:
        """The values of a field, not a number where blank or where the row takes no part."""
        values = self.case.values(field.id).to_numpy("float64", na_value=np.nan)
        return np.where(self.rows, values, np.nan)

    def verdict(
        self,
        holds: Column,
        asked: Bools | None = None,
        fields: Iterable[LedgerField] = (),
        lead: Said | None = None,
        shown: Iterable[LedgerField] = (),
        words: dict[int, Said] | None = None,
    ) -> Verdict:
        """What the pattern says of each row."""
        spec = self.pattern
        return Verdict(
            rule=spec.id,
            severity=spec.severity,
            effect="flag",
            fields=tuple(field.id for field in fields),
            lead=lead or spec.label.said,
            hint=spec.hint.said if spec.hint else tell(f"check_{spec.kind}_hint"),
            holds=holds,
            shown=tuple(self.case.shown(field.id) for field in shown),
            asked=self.rows if asked is None else asked & self.rows,
            words=words or {},
        )

    def truth(self, wrong: Bools, known: Bools) -> Column:
        """Holds or not, unknown where nothing is known."""
        return Column(~wrong, known)


def meant(case: Case, pattern: Pattern) -> Meant:
    """The pattern on the rows of its condition; a row of which that is unknown takes no part."""
    rows = np.ones(len(case.rows.frame), np.bool_)
    if pattern.where is not None:
        formula = row_formula(pattern.where, case.scope)
        found = formula.column(case.rows)
        rows = found.values & found.known
    return Meant(case, pattern, rows)


def counted(number: Positions | Floats) -> Shown:
    """A number that is part of a finding's digest but said in its words."""
    return Shown(Said("", ""), pd.Series(np.asarray(number, "float64")), "number")


def coded(columns: Iterable[pd.Series], codes: Positions) -> Positions:
    """Rows that are alike in `codes` and in every column have one number, all others -1.

    A blank is like a blank. Each column is looked at only where rows are still alike, so that most cost
    next to nothing.
    """
    alike = codes.copy()
    for column in columns:
        at = _several(alike)
        if not len(at):
            return alike
        own, different = pd.factorize(column.array.take(at), use_na_sentinel=False)
        alike[at], _ = pd.factorize(alike[at] * (len(different) + 1) + own)
    _several(alike)
    return alike


def _several(alike: Positions) -> Positions:
    """Rows whose number another row has too; that of all others is set to -1."""
    counts = np.bincount(alike[alike >= 0])
    if len(counts):
        alike[(alike >= 0) & (counts[alike] < 2)] = -1
    return np.flatnonzero(alike >= 0)
