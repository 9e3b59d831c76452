"""Lines of money that stand twice, were paid before they arrived, or whose cumulative amount fell.

These need the lines of all years and the fund taxonomy, so they are no rules of the ledger. A shared
document number alone is a notice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from povplan.checks.findings import Checked, drawn
from povplan.checks.verdict import NOTHING, Bools, Case, Verdict
from povplan.formulas import Rows, Scope
from povplan.formulas.columns import Column
from povplan.formulas.faults import tell
from povplan.leverage import Account, overpaid
from povplan.leverage.cumulative import falls, undated_reports
from povplan.leverage.doubles import KINDS
from povplan.leverage.lines import of_source
from povplan.messages import Said
from povplan.spec import CodeList, Ledger, Severity

MONEY_CHECKS: Mapping[str, tuple[Severity, tuple[str, ...]]] = {
    **{f"double_{kind}": ("doubt", ("amount", "document_no")) for kind in KINDS},
    "shared_document": ("notice", ("document_no",)),
    "paid_over_arrived": ("doubt", ("amount",)),
    "cumulative_falls": ("doubt", ("amount",)),
    "cumulative_twice": ("doubt", ("amount", "date")),
}
"""Check → severity and the fields it marks."""


def money(ledger: Ledger, rows: Rows, account: Account, codes: Mapping[str, CodeList]) -> Checked:
    """Findings of the rows of one year of the ledger `fund`; `account` holds them and earlier years."""
    case = Case(rows, Scope(ledger, {ledger.ledger: ledger}, {}, codes))
    return drawn(case, _verdicts(case, account))


def _verdicts(case: Case, account: Account) -> Iterator[Verdict]:
    lines, year = account.lines, case.rows.year
    found = account.found[account.found["second"]]
    memo = of_source(lines, [source.memo for source in account.funds.sources])
    declared = memo | lines["carried_over"].to_numpy(bool)  # entered as what it is: nothing to mend
    for kind in KINDS:
        at = found.loc[found["kind"] == kind, "at"].to_numpy(np.int64)
        yield _verdict(case, f"double_{kind}", _rows(case, lines, at[~declared[at]]))
    yield _verdict(case, "shared_document", _shared(case, lines, account.found))
    ahead = overpaid(account, year)
    for advanced in (False, True):
        at = ahead.loc[ahead["advanced"] == advanced, "at"].to_numpy(np.int64)
        severity: Severity = "notice" if advanced else "doubt"
        tail = tell("check_money_advanced") if advanced else NOTHING
        yield _verdict(case, "paid_over_arrived", _rows(case, lines, at), severity, tail)
    fell = np.flatnonzero(falls(lines).fillna(False).to_numpy(bool))
    yield _verdict(case, "cumulative_falls", _rows(case, lines, fell))
    yield _verdict(case, "cumulative_twice", undated_reports(case.rows.frame))


def _shared(case: Case, lines: pd.DataFrame, found: pd.DataFrame) -> Bools:
    """The first row of each document that several subjects share at one stage of the year."""
    mine = lines[(lines["year"] == case.rows.year) & lines["document_no"].notna()]
    mine = mine[(mine["gross"] > 0).fillna(False)]
    names = ["document_no", "stage"]
    several = mine.groupby(names, observed=True)["subject"].transform("nunique") > 1
    first = mine[several].sort_values("row").drop_duplicates("document_no")
    return _rows(case, lines, first.index.to_numpy(np.int64))


def _rows(case: Case, lines: pd.DataFrame, at: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Bools:
    """Which rows of the year the lines at these positions are."""
    some = lines.iloc[at]
    marked = np.zeros(len(case.rows.frame), np.bool_)
    marked[some.loc[some["year"] == case.rows.year, "row"].to_numpy(np.int64)] = True
    return marked


def _verdict(
    case: Case, rule: str, failed: Bools, severity: Severity | None = None, tail: Said = NOTHING
) -> Verdict:
    usual, fields = MONEY_CHECKS[rule]
    known = [name for name in fields if name in case.ledger.names]
    shown = [name for name in ("source", "document_no", "amount") if name in case.ledger.names]
    return Verdict(
        rule=rule,
        severity=severity or usual,
        effect="flag",
        fields=tuple(known),
        lead=tell(f"check_{rule}"),
        hint=tell(f"check_{rule}_hint"),
        holds=Column(~failed, np.ones(len(failed), np.bool_)),
        shown=tuple(case.shown(name) for name in shown) if failed.any() else (),
        tail=tail,
    )
