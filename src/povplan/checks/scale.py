"""Values out of scale: the amount typed in 元 where everybody else's is typed in 万元, a zero too many.

Generic and explained in a sentence: on the logarithm of the positive values, one is out of scale if it
lies further from the median than `deviations` robust standard deviations (1.4826 × the median absolute
deviation) and than a `factor`, and a `gap` separates it from the values nearer the median. The gap spares
the long tails that real money has; the two distances spare fields in which nearly all values are equal.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from povplan.checks.display import quantity
from povplan.checks.findings import Checked, drawn
from povplan.checks.verdict import Bools, Case, Verdict
from povplan.formulas import Rows, Scope
from povplan.formulas.columns import Column
from povplan.formulas.faults import tell
from povplan.spec import LEVELS, CodeList, Ledger, LedgerField

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Scale:
    """How far is too far. Below `at_least` known positive values nothing is said."""

    deviations: float = 4.0
    factor: float = 30.0
    gap: float = 10.0
    at_least: int = 10

    def out_of(self, values: Floats) -> Bools:
        """Which of the positive `values` are out of scale."""
        if len(values) < self.at_least:
            return np.zeros(len(values), np.bool_)
        distance = np.log10(values) - np.log10(np.median(values))
        robust = 1.4826 * float(np.median(np.abs(distance)))
        limit = max(self.deviations * robust, float(np.log10(self.factor)))
        return self._beyond(distance, limit) | self._beyond(-distance, limit)

    def _beyond(self, distance: Floats, limit: float) -> Bools:
        """Everything above the first gap that lies beyond the limit."""
        ordered = np.sort(distance)
        wide = np.diff(ordered) >= np.log10(self.gap)
        first = ordered[1:][wide & (ordered[1:] > limit)]
        return distance >= first[0] if len(first) else np.zeros(len(distance), np.bool_)


USUAL = Scale()
_WAN = (10**3.5, 10**4.5)
"""Ratios to the median that look like 元 for 万元 or the reverse."""


def outliers(
    ledger: Ledger, rows: Rows, codes: Mapping[str, CodeList], scale: Scale = USUAL, by: Sequence[str] = ()
) -> Checked:
    """Findings `out_of_scale` of money and number fields. Blanks are not evaluable, zeros not asked.

    Meant for ledgers of areas, whose rows are alike. Others (lines of money) are compared only within
    the groups of the fields `by`, such as source and stage; without those nothing is said of them.
    """
    case = Case(rows, Scope(ledger, {ledger.ledger: ledger}, {}, codes))
    if ledger.level not in LEVELS and not by:
        return drawn(case, [])
    fields = [field for field in ledger.fields if field.type in ("money", "number")]
    return drawn(case, (one for field in fields for one in _verdicts(case, field, scale, by)))


def _verdicts(case: Case, field: LedgerField, scale: Scale, by: Sequence[str]) -> Iterator[Verdict]:
    values = case.values(field.id)
    for group in _groups(case, by):
        amounts = values.to_numpy("float64", na_value=np.nan)
        positive = group & (amounts > 0)
        if positive.sum() < scale.at_least:
            yield _said(case, field, case.unknown(), group & ~(amounts <= 0), np.nan, False)
            continue
        out = np.zeros(len(values), np.bool_)
        out[positive] = scale.out_of(amounts[positive])
        holds = Column(~out, values.notna().to_numpy(bool))
        median = float(np.median(amounts[positive]))
        mixed = out & like_wan(amounts, median) if field.type == "money" else np.zeros_like(out)
        yield _said(case, field, holds, group & ~(amounts <= 0) & ~mixed, median, False)
        yield _said(case, field, holds, mixed, median, True)


def _groups(case: Case, by: Sequence[str]) -> Iterator[Bools]:
    if not by:
        yield np.ones(len(case.rows.frame), np.bool_)
        return
    keys = case.rows.frame[list(by)].groupby(list(by), dropna=False, sort=False).ngroup().to_numpy()
    for number in range(keys.max(initial=-1) + 1):
        yield keys == number


def like_wan(amounts: Floats, median: float) -> Bools:
    """Amounts about ten thousand times off the median, either way."""
    ratio = np.where(amounts > median, amounts / median, median / np.where(amounts > 0, amounts, np.nan))
    return (ratio > _WAN[0]) & (ratio < _WAN[1])


def _said(case: Case, field: LedgerField, holds: Column, asked: Bools, median: float, mixed: bool) -> Verdict:
    known = not np.isnan(median)
    return Verdict(
        rule="out_of_scale",
        severity="doubt",
        effect="flag",
        fields=(field.id,),
        lead=tell("check_scale", label=field.label.said),
        hint=tell("check_scale_units_hint" if mixed else "check_scale_hint"),
        holds=holds,
        shown=(case.shown(field.id),),
        asked=asked,
        tail=tell("check_scale_median", median=quantity(median, field.type) if known else ""),
    )
