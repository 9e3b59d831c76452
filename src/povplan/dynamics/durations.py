"""How long households stay poor, and out of poverty: spells, and how many there are of each length.

A spell runs through years with the same state. Years between two years of the panel that were not collected
count as spent in the state that both ends show. A blank or a year outside the register ends what is known.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from povplan.dynamics.counting import Counter, stacked
from povplan.dynamics.panel import ABSENT, OUT, POOR, Panel
from povplan.units import Tree

SPELLS: tuple[str, ...] = (
    "household",  # its place among the panel's households
    "spell",  # poor | not_poor
    "since",
    "until",  # the last year in the state
    "length",  # years from `since` to `until`, both counted
    "at_least",  # it may have begun before `since`
    "ended",  # followed by another state or by leaving the register; false: it goes on or is lost sight of
    "persons",  # in its last year
)
DURATIONS: tuple[str, ...] = (
    "unit",
    "level",
    "panel",
    "spell",
    "ended",
    "length",
    "at_least",
    "households",
    "of_households",  # spells of this state, ended or not
    "rate",
    "persons",
    "of_persons",
    "persons_rate",
    "note",
)


def spells(panel: Panel) -> pd.DataFrame:
    """SPELLS of every household, by household and year."""
    years, states = np.array(panel.years), panel.states
    known = states >= OUT
    before = np.column_stack([np.full(len(states), ABSENT - 1), states[:, :-1]])
    after = np.column_stack([states[:, 1:], np.full(len(states), ABSENT - 1)])
    starts, ends = np.nonzero(known & (before != states)), np.nonzero(known & (after != states))
    household, first, last = starts[0], starts[1], ends[1]
    gap = np.append(True, np.diff(years) > 1) if len(years) else np.array([], bool)
    previous, following = before[household, first], after[household, last]
    found = pd.DataFrame(
        {
            "household": household,
            "spell": np.where(states[household, first] == POOR, "poor", "not_poor"),
            "since": years[first] if len(years) else [],
            "until": years[last] if len(years) else [],
            "at_least": gap[first] | ~((previous >= OUT) | (previous == ABSENT)),
            "ended": (following >= OUT) | (following == ABSENT),
        }
    )
    persons = panel.rows["persons"].iloc[panel.places[household, last]].reset_index(drop=True)
    found = found.assign(length=found["until"] - found["since"] + 1, persons=persons)
    return found[list(SPELLS)]


def durations(panel: Panel, tree: Tree) -> pd.DataFrame:
    """DURATIONS at every unit: spells of each state and length, of all spells of that state."""
    found = spells(panel)
    counter = Counter.at(tree, panel.nodes(tree)[found["household"]], found["persons"])
    balanced = panel.balanced[found["household"]]
    parts = []
    keys = ["spell", "ended", "length", "at_least"]
    for of, of_panel in (("balanced", balanced), ("all", np.ones(len(found), bool))):
        for labels in found.loc[of_panel, keys].drop_duplicates().sort_values(keys).to_dict("records"):
            same = (found["spell"] == labels["spell"]).to_numpy(bool) & of_panel
            part = same & np.logical_and.reduce([found[key] == labels[key] for key in keys])
            named = {str(key): value for key, value in labels.items()}
            parts.append(counter.share(part, same, panel=of, **named))
    whole = stacked(parts, tree, DURATIONS)
    return whole[whole["households"] > 0].reset_index(drop=True)
