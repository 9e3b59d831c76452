"""Typed rows of a ledger → findings in words, and what each rule could and could not say.

A check is a plain function from a case to verdicts; adding one is a function and a line in `CHECKS`.
A finding never removes a row. Duplicate keys and unreadable cells are found where rows are read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import pandas as pd

from povplan.checks import fields, patterns, rules
from povplan.checks.findings import EVALUATED_COLUMNS, FINDING_DTYPES, Checked, drawn, together
from povplan.checks.scale import Scale, outliers
from povplan.checks.verdict import Case, Verdict
from povplan.formulas import Rows, Scope
from povplan.spec import CodeList, Ledger, Parameter

__all__ = ["EVALUATED_COLUMNS", "FINDING_DTYPES", "Checked", "Scale", "check", "outliers", "together"]

CHECKS: tuple[Callable[[Case], Iterable[Verdict]], ...] = (
    fields.required,
    fields.within_limits,
    fields.parts,
    fields.links,
    rules.declared,
    patterns.declared,
)


def check(
    ledger: Ledger,
    rows: Rows,
    ledgers: Mapping[str, Ledger],
    parameters: Mapping[str, Parameter],
    codes: Mapping[str, CodeList],
    already: pd.DataFrame | None = None,
) -> Checked:
    """Every built-in check, every rule and every pattern in force, on the rows of one ledger and year.

    `already` are the findings of reading (FINDING_COLUMNS): a cell that could not be read is not said
    to be blank as well. A ledger of `rows.others` without rows counts as absent.
    """
    others = {name: frame for name, frame in rows.others.items() if len(frame)}
    case = Case(rows, Scope(ledger, ledgers, parameters, codes), already, others)
    return drawn(case, (verdict for run in CHECKS for verdict in run(case)))
