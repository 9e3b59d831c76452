"""Transition matrices: who was in which state at the beginning, and where at the end.

Two panels, never mixed. *Balanced*: households in the register, their state known, in every year of the
panel. *All*: whoever was there at either end; whoever came or went stands beside the states, in none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from povplan.dynamics.counting import Bools, Counter, stacked
from povplan.dynamics.panel import BANDS, Panel
from povplan.units import Tree

MATRIX: tuple[str, ...] = (
    "unit",
    "level",
    "by",  # status | fifth | line
    "panel",  # balanced | all
    "year",
    "previous_year",
    "begin",  # a state; `absent`: not in the register; `unknown`: blank, or the village did not report
    "end",
    "households",
    "of_households",  # those in `begin` whose end is known, those who left the register among them
    "rate",
    "persons",  # as of the beginning; of those who came, as of the end
    "of_persons",
    "persons_rate",
    "note",
)
OUTSIDE, BLANK = "absent", "unknown"
BY = {"status": "status", "fifth": "fifth", "line": "band"}
"""What a matrix may be of → the column that holds the states."""


def matrix(panel: Panel, by: str, states: Sequence[str], tree: Tree) -> pd.DataFrame:
    """MATRIX between the first and the last year of the panel, of every unit; empty cells are left out.

    A household counts with the persons it had at the beginning. Rates are of a state at the beginning:
    whoever is blank at the end is left out of them, whoever came into the register has none.
    """
    if len(panel.years) < 2:
        return stacked([], tree, MATRIX)
    begin, end = (_states(panel, by, year) for year in (panel.years[0], panel.years[-1]))
    persons = _persons(panel)
    counter = Counter.at(tree, panel.nodes(tree), persons)
    through = _known_throughout(panel, by)
    parts = [
        part.assign(panel=name, by=by, year=panel.years[-1], previous_year=panel.years[0])
        for name, of_panel in (("balanced", through), ("all", np.ones(len(through), bool)))
        for part in _cells(counter, begin, end, of_panel, states)
    ]
    whole = stacked(parts, tree, MATRIX)
    return whole[whole["households"] > 0].reset_index(drop=True)


def states_of(panel: Panel, by: str, listed: Sequence[str] = ()) -> list[str]:
    """The states a matrix has, in their order: those listed, then others that occur."""
    if by == "fifth":
        return [str(fifth) for fifth in range(1, 6)]
    if by == "line":
        return list(BANDS)
    found = [str(status) for status in panel.rows[BY[by]].dropna().unique()]
    return [*(one for one in listed if one in found), *(one for one in found if one not in listed)]


def _states(panel: Panel, by: str, year: int) -> pd.Series:
    """Household → its state in a year, or that it is absent, or blank."""
    at = panel.years.index(year)
    here = (panel.places[:, at] >= 0) | panel.silent[:, at]
    state = panel.column(BY[by], year).astype("string").fillna(BLANK)
    return state.where(here, OUTSIDE)


def _known_throughout(panel: Panel, by: str) -> Bools:
    known = [~_states(panel, by, year).isin([OUTSIDE, BLANK]).to_numpy(bool) for year in panel.years]
    found: Bools = np.logical_and.reduce(known)
    return found


def _persons(panel: Panel) -> pd.Series:
    """Of those there at the beginning as of then, of those who came as of the end."""
    first, last = panel.years[0], panel.years[-1]
    here = panel.places[:, 0] >= 0
    return panel.column("persons", first).where(here, panel.column("persons", last))


def _cells(
    counter: Counter, begin: pd.Series, end: pd.Series, of_panel: Bools, states: Sequence[str]
) -> Iterator[pd.DataFrame]:
    """One frame a cell that anybody is in, over all units."""
    for start in (*states, OUTSIDE, BLANK):
        from_here = (begin == start).to_numpy(bool) & of_panel
        whole = from_here & (end != BLANK).to_numpy(bool)
        for goal in (*states, OUTSIDE, BLANK):
            part = from_here & (end == goal).to_numpy(bool)
            if not part.any() or start == goal == OUTSIDE:
                continue
            rated = start in states and goal != BLANK
            labels: dict[str, Any] = {"begin": start, "end": goal}
            if rated:
                yield counter.share(part, whole, **labels)
            else:
                yield counter.share(part, np.zeros(len(whole), bool), **labels, note=pd.NA)
