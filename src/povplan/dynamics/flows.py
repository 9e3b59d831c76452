"""Into poverty, out of it, and back: the rates between each year and the one before it in the panel.

*Entry*: poor of those not poor before. *Exit*: not poor of those poor before. *Return*: poor again of those
not poor before who had been poor and got out earlier in the panel, for which three years are needed. Whoever
left the register (struck off too) or whose status is blank at the end is counted apart, in no rate.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from povplan.dynamics.counting import Bools, Counter, stacked
from povplan.dynamics.panel import ABSENT, OUT, POOR, UNKNOWN, Panel, States
from povplan.units import Tree

FLOWS: tuple[str, ...] = (
    "unit",
    "level",
    "panel",  # balanced | all
    "flow",  # entry | exit | return
    "year",
    "previous_year",
    "households",
    "of_households",
    "rate",
    "persons",
    "of_persons",
    "persons_rate",
    "left_register",  # of those who might have: households no longer in the register
    "unknown",  # of those who might have: households whose status is blank now
    "note",
)
CAUSES: tuple[str, ...] = (
    "unit",
    "level",
    "panel",
    "flow",  # poor (all who are) | entry | return
    "year",
    "cause",  # `unknown`: not stated
    "households",
    "of_households",  # those who state a cause
    "rate",
    "persons",
    "of_persons",
    "persons_rate",
    "note",
)


def flows(panel: Panel, tree: Tree) -> pd.DataFrame:
    """FLOWS of every unit, panel and pair of years; households count with the persons they had before."""
    parts = []
    for at in range(1, len(panel.years)):
        persons = panel.column("persons", panel.years[at - 1])
        counter = Counter.at(tree, panel.nodes(tree), persons)
        for name, of_panel in _panels(panel):
            for flow, base, goal in _bases(panel, at):
                years = {"year": panel.years[at], "previous_year": panel.years[at - 1]}
                few = {"note": "few_years"} if flow == "return" and at < 2 else {}
                labels = {"panel": name, "flow": flow, **years, **few}
                parts.append(_flow(counter, panel.states[:, at], base & of_panel, goal, labels))
    return stacked(parts, tree, FLOWS)


def _panels(panel: Panel) -> Iterator[tuple[str, Bools]]:
    yield "balanced", panel.balanced
    yield "all", np.ones(len(panel.balanced), bool)


def _bases(panel: Panel, at: int) -> Iterator[tuple[str, Bools, int]]:
    """Each flow, the households that it may happen to, and the state they would be in."""
    before = panel.states[:, at - 1]
    yield "entry", before == OUT, POOR
    yield "exit", before == POOR, OUT
    yield "return", (before == OUT) & got_out(panel, at - 1), POOR


def got_out(panel: Panel, upto: int) -> Bools:
    """Households seen poor in a year and not poor in a later one, up to the year at this place."""
    states = panel.states[:, : upto + 1]
    was_poor = np.logical_or.accumulate(states == POOR, axis=1)
    found: Bools = ((states == OUT) & was_poor).any(axis=1)
    return found


def _flow(counter: Counter, now: States, base: Bools, goal: int, labels: Mapping[str, Any]) -> pd.DataFrame:
    lost = {
        "left_register": counter.households(base & (now == ABSENT)),
        "unknown": counter.households(base & (now == UNKNOWN)),
    }
    return counter.share(base & (now == goal), base & (now >= OUT), **labels, **lost)


def causes(panel: Panel, tree: Tree) -> pd.DataFrame:
    """CAUSES of the last year: why those are poor who are, of them those who became so, and came back.

    Shares are of those who state a cause; who states none is counted beside them.
    """
    if not panel.years:
        return stacked([], tree, CAUSES)
    at, year = len(panel.years) - 1, panel.years[-1]
    counter = Counter.at(tree, panel.nodes(tree), panel.column("persons", year))
    cause = panel.column("cause", year)
    stated = cause.notna().to_numpy(bool)
    parts = []
    for of, of_panel in _panels(panel):
        for flow, of_flow in _poor(panel, at, of_panel):
            labels = {"panel": of, "flow": flow, "year": year}
            for name in cause[of_flow].dropna().value_counts().index:
                some = of_flow & (cause == name).fillna(False).to_numpy(bool)
                parts.append(counter.share(some, of_flow & stated, **labels, cause=name))
            nobody = np.zeros(len(stated), bool)
            parts.append(counter.share(of_flow & ~stated, nobody, **labels, cause="unknown", note=pd.NA))
    whole = stacked(parts, tree, CAUSES)
    return whole[whole["households"] > 0].reset_index(drop=True)


def _poor(panel: Panel, at: int, of_panel: Bools) -> Iterator[tuple[str, Bools]]:
    poor = (panel.states[:, at] == POOR) & of_panel
    yield "poor", poor
    if at >= 1:
        yield "entry", poor & (panel.states[:, at - 1] == OUT)
    if at >= 2:
        yield "return", poor & (panel.states[:, at - 1] == OUT) & got_out(panel, at - 1)
