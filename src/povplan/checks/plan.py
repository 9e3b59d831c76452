"""Rows of the ledger `target` that contradict themselves, the indicators, the figures or each other.

They need the indicators, the figures of the baseline years and all other targets, so they are no rules of
the ledger.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from povplan.checks.findings import Checked, drawn
from povplan.checks.verdict import Case, Shown, Verdict
from povplan.evaluation.faults import RULES, Plan, faults
from povplan.evaluation.printed import factor
from povplan.formulas import Rows, Scope
from povplan.formulas.columns import Column
from povplan.formulas.faults import tell
from povplan.messages import Said, say
from povplan.spec import CodeList, Ledger, Severity
from povplan.words import nearest

VALUES: Mapping[str, str] = {"target_value": "value", "baseline_value": "baseline", "yearly": "yearly"}
"""Cell of the ledger → what is read of it."""
PLAN_CHECKS: Mapping[str, tuple[Severity, tuple[str, ...]]] = {
    "target_unreadable": ("error", tuple(VALUES)),
    **{name: (severity, fields) for name, (severity, fields, _) in RULES.items()},
}
"""Check → severity and the fields it marks."""


def plan(
    ledger: Ledger, rows: Rows, of: Plan, at: npt.NDArray[np.int64], codes: Mapping[str, CodeList]
) -> Checked:
    """Findings of the rows of one year; `at` is where in `of.targets` they stand, in their order."""
    case = Case(rows, Scope(ledger, {ledger.ledger: ledger}, {}, codes))
    return drawn(case, _verdicts(case, of, at))


def _verdicts(case: Case, of: Plan, at: npt.NDArray[np.int64]) -> Iterator[Verdict]:
    yield from _unreadable(case, of, at)
    for rule, broken in faults(of).items():
        _, fields = PLAN_CHECKS[rule]
        yield _verdict(case, rule, fields, broken[at], _beside(rule, of, at))


def _unreadable(case: Case, of: Plan, at: npt.NDArray[np.int64]) -> Iterator[Verdict]:
    """A value that is no number, or in a unit that does not measure what the indicator does."""
    known = np.array([of.ones[row] is not None for row in at], np.bool_)
    for cell, name in VALUES.items():
        if cell in case.ledger.names:
            blank = of.targets[name].isna().to_numpy(bool)[at]
            given = case.values(cell).notna().to_numpy(bool)
            yield _verdict(case, "target_unreadable", (cell,), blank & given & known, ())


def _beside(rule: str, of: Plan, at: npt.NDArray[np.int64]) -> tuple[tuple[str, pd.Series], ...]:
    """What a message shows beside the row's cells, printed: the sum of the parts, the ledger's figure."""
    if rule == "target_indicator":
        known = {one.label.zh: one for one in of.indicators.values()}
        given = [
            nearest(name, known) if isinstance(name, str) else None for name in of.targets["named"].iloc[at]
        ]
        return (("target_nearest", pd.Series([name or pd.NA for name in given], dtype="string")),)
    if rule == "target_sum":
        return (("target_parts", _printed(of, of.sums["parts"], at)),)
    if rule == "target_mean":
        return (("target_best", _printed(of, of.best["parts"], at)),)
    if rule in ("target_baseline", "target_met", "target_fraction"):
        return (("target_ledger", _printed(of, of.baselines, at)),)
    return ()


def _printed(of: Plan, values: pd.Series, at: npt.NDArray[np.int64]) -> pd.Series:
    units = np.array([factor(one.unit, of.measurement) if one else 1.0 for one in of.ones])
    shown = np.round(values.to_numpy("float64") / units, 4)[at]
    return pd.Series(shown, dtype="Float64").mask(lambda told: np.isnan(shown))


def _shown(label: Said, values: pd.Series) -> Shown:
    return Shown(label, values, "text" if values.dtype == "string" else "number")


def _verdict(
    case: Case,
    rule: str,
    fields: tuple[str, ...],
    failed: npt.NDArray[np.bool_],
    beside: tuple[tuple[str, pd.Series], ...],
) -> Verdict:
    index = case.rows.frame.index
    known = tuple(name for name in fields if name in case.ledger.names)
    names = dict.fromkeys(["indicator", *known])
    shown = [case.shown(name) for name in names if name in case.ledger.names] if failed.any() else []
    more = [_shown(say(label), values.set_axis(index)) for label, values in beside]
    return Verdict(
        rule=rule,
        severity=PLAN_CHECKS[rule][0],
        effect="flag",
        fields=known,
        lead=tell(f"check_{rule}"),
        hint=tell(f"check_{rule}_hint"),
        holds=Column(~failed, np.ones(len(failed), np.bool_)),
        shown=(*shown, *more),
    )
