"""Rows of the ledger `correction` that correct nothing: of no deviation, or with a new value nobody can read.

They need the deviations and the targets of the year, so they are no rules of the ledger.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from povplan.checks.findings import Checked, drawn
from povplan.checks.verdict import Case, Verdict
from povplan.evaluation.printed import Measurement, number_in
from povplan.evaluation.targets import revised
from povplan.formulas import Rows, Scope
from povplan.formulas.columns import Column
from povplan.formulas.faults import tell
from povplan.model import UNIT
from povplan.spec import CodeList, Indicator, Ledger, Severity

Bools = npt.NDArray[np.bool_]
CORRECTION_CHECKS: Mapping[str, tuple[Severity, tuple[str, ...]]] = {
    "correction_number": ("doubt", ("number",)),
    "correction_value": ("error", ("new_value",)),
    "correction_target": ("doubt", ("new_value", "subject")),
}
"""Check → severity and the fields it marks."""


def corrections(
    ledger: Ledger,
    rows: Rows,
    strange: pd.Series,
    placed: pd.DataFrame,
    targets: pd.DataFrame,
    indicators: Sequence[Indicator],
    measurement: Measurement,
    codes: Mapping[str, CodeList],
) -> Checked:
    """Findings of the rows of one year.

    `strange` says of each row whether its number is that of no deviation; `placed` has the subject and unit
    of its deviation; `targets` are TARGETS of the year, whose values the rows may revise.
    """
    case = Case(rows, Scope(ledger, {ledger.ledger: ledger}, {}, codes))
    return drawn(case, _verdicts(case, strange, placed, targets, indicators, measurement))


def _verdicts(
    case: Case,
    strange: pd.Series,
    placed: pd.DataFrame,
    targets: pd.DataFrame,
    indicators: Sequence[Indicator],
    measurement: Measurement,
) -> Iterator[Verdict]:
    yield _verdict(case, "correction_number", strange.to_numpy(bool))
    if not {"new_value", "subject"} <= set(case.ledger.names):
        return
    units = {one.id: one.unit for one in indicators}
    given = zip(placed["subject"], case.values("new_value"), placed[UNIT], strict=True)
    unread, homeless = [], []
    for subject, value, unit in given:
        base = None if pd.isna(value) else revised(targets, subject, unit)
        homeless.append(not pd.isna(value) and base is None)
        printed = "" if base is None else units.get(str(base["indicator"]), "")
        unread.append(base is not None and number_in(value, printed, None, measurement) is None)
    yield _verdict(case, "correction_value", np.array(unread, np.bool_))
    yield _verdict(case, "correction_target", np.array(homeless, np.bool_))


def _verdict(case: Case, rule: str, failed: Bools) -> Verdict:
    severity, fields = CORRECTION_CHECKS[rule]
    return Verdict(
        rule=rule,
        severity=severity,
        effect="flag",
        fields=fields,
        lead=tell(f"check_{rule}"),
        hint=tell(f"check_{rule}_hint"),
        holds=Column(~failed, np.ones(len(failed), np.bool_)),
        shown=tuple(case.shown(name) for name in fields) if failed.any() else (),
    )
