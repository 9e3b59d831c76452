"""Money that took longer on its way than the office allows: from its allocation to its release or arrival."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

import numpy as np
import pandas as pd

from povplan.checks.findings import Checked, drawn
from povplan.checks.verdict import Case, Verdict
from povplan.formulas import Rows, Scope
from povplan.formulas.columns import Column
from povplan.formulas.faults import tell
from povplan.messages import Said
from povplan.model import UNIT
from povplan.spec import CodeList, Ledger

CLOCK = "clock_exceeded"
_COUNTED = {"released": "calendar_days", "arrived": "working_days"}


def overdue(ledger: Ledger, rows: Rows, clocks: pd.DataFrame, codes: Mapping[str, CodeList]) -> Checked:
    """A finding at the first allocation of each chain of money whose clock (CLOCKS of `progress`) is late.

    A chain is one source for one project in one unit; every chain that is timed is counted once, at the
    row of its first allocation.
    """
    case = Case(rows, Scope(ledger, {ledger.ledger: ledger}, {}, codes))
    if any(name not in rows.frame for name in ("source", "stage", "date")):
        return drawn(case, [])
    first = _first_allocations(case)
    timed = clocks[clocks["state"].notna()]
    said: dict[int, Said] = {}
    asked = np.zeros(len(rows), np.bool_)
    for clock in timed.to_dict("records"):
        at = first.get((_plain(clock["unit"]), _plain(clock["project"]), _plain(clock["source"])))
        if at is not None:
            asked[at] = True
            if clock["state"] == "late":
                said[at] = _words(clock)
    wrong = np.isin(np.arange(len(rows)), list(said))
    verdict = Verdict(
        rule=CLOCK,
        severity="doubt",
        effect="flag",
        fields=("date",),
        lead=tell(f"check_{CLOCK}"),
        hint=tell(f"check_{CLOCK}_hint"),
        holds=Column(~wrong, np.ones(len(wrong), np.bool_)),
        shown=tuple(case.shown(name) for name in ("source", "amount") if name in rows.frame),
        asked=asked,
        words=said,
    )
    return drawn(case, [verdict])


def _first_allocations(case: Case) -> dict[tuple[object, object, object], int]:
    """Unit, project and source → the row of the first allocation."""
    frame = case.rows.frame
    names = ["unit", "project", "source"]
    keys = pd.DataFrame(
        {
            "unit": frame[UNIT].to_numpy(object),
            "project": case.values("project_id").to_numpy(object),
            "source": frame["source"].to_numpy(object),
            "date": frame["date"].to_numpy(),
        }
    )
    begun = keys[(frame["stage"] == "allocated").fillna(False).to_numpy(bool)].sort_values("date")
    found: dict[tuple[object, object, object], int] = {}
    for at, *key in zip(begun.index.tolist(), *(begun[name].tolist() for name in names), strict=True):
        found.setdefault((_plain(key[0]), _plain(key[1]), _plain(key[2])), at)
    return found


def _plain(value: object) -> object:
    return None if value is pd.NA or value != value else value


def _words(clock: Mapping[Hashable, object]) -> Said:
    days = clock[_COUNTED[str(clock["step"])]]
    key = f"check_{CLOCK}_{clock['step']}{'_open' if clock['open'] else ''}"
    return tell(key, days=f"{days:.0f}", limit=f"{clock['limit_late']:g}")
