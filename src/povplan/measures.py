"""Indicators at every level: one figure per indicator and unit, or the note that says why there is none.

A figure at any level is computed from the rows below it, sum over sum, never from the figures of the
units below. Rates are fractions and money is yuan; percent and 万元 are display.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

import numpy as np
import pandas as pd

from povplan.formulas import Rows, Scope, measure_formula
from povplan.model import MEASURE_COLUMNS
from povplan.spec import LEVELS, CodeList, Indicator, Ledger, Parameter
from povplan.units import Tree

Frames = Mapping[str, pd.DataFrame]
"""Ledger → its typed rows of one year."""

_DTYPES: Mapping[str, str] = {
    "year": "Int64",
    "value": "Float64",
    "numerator": "Float64",
    "denominator": "Float64",
    "n": "Int64",
    "left_out": "Int64",
}


def measure(
    indicators: Iterable[Indicator],
    frames: Frames,
    ledgers: Mapping[str, Ledger],
    parameters: Mapping[str, Parameter],
    year: int,
    as_of: date,
    tree: Tree,
    previous: Frames | None = None,
    codes: Mapping[str, CodeList] | None = None,
) -> pd.DataFrame:
    """MEASURE_COLUMNS for every indicator and every node of the tree, in their orders.

    `previous` are the rows of year − 1 exactly. Without rows, outside the indicator's life or below
    `at_least` rows there is no value, and `note` says which; the parts of a ratio stay where known.
    """
    rows = {
        name: Rows(frame, year, as_of, (previous or {}).get(name), frames) for name, frame in frames.items()
    }
    figures: dict[str, pd.DataFrame] = {}
    for indicator in indicators:
        if year not in indicator.valid:
            found = _nothing(tree, "out_of_life")
        elif indicator.ledger not in rows:
            found = _nothing(tree, "no_rows")
        else:
            scope = Scope(ledgers[indicator.ledger], ledgers, parameters, codes or {})
            formula = measure_formula(indicator.value, scope, indicator.where)
            found = _enough(formula(rows[indicator.ledger], tree), indicator.at_least)
        figures[indicator.id] = found
    if not figures:
        return together([])
    stacked = pd.concat(figures.values(), ignore_index=True)
    named = stacked.assign(indicator=np.repeat(list(figures), len(tree.paths)))
    return together([placed(named, tree, year)])


def placed(found: pd.DataFrame, tree: Tree, year: int) -> pd.DataFrame:
    """MEASURE_COLUMNS of what was `found` node by node, for one indicator or several one below the other."""
    times = len(found) // max(len(tree.paths), 1)
    levels = np.array(LEVELS, dtype=object)[tree.depths]
    named = found.assign(unit=np.tile(tree.paths, times), level=np.tile(levels, times), year=year)
    return named.reindex(columns=list(MEASURE_COLUMNS))


def together(figures: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Several frames of MEASURE_COLUMNS as one, in the dtypes that all measures have."""
    dtypes = {name: _DTYPES.get(name, "string") for name in MEASURE_COLUMNS}
    typed = [frame.astype(dtypes) for frame in figures]
    return pd.concat(typed or [pd.DataFrame(columns=list(MEASURE_COLUMNS)).astype(dtypes)], ignore_index=True)


def _nothing(tree: Tree, note: str) -> pd.DataFrame:
    return pd.DataFrame({"n": 0, "left_out": 0, "note": note}, index=range(len(tree.paths)))


def _enough(found: pd.DataFrame, at_least: int) -> pd.DataFrame:
    """The figures, without those of fewer than `at_least` rows; a missing one keeps its own note."""
    few = found["value"].notna() & (found["n"] < at_least)
    return found.assign(value=found["value"].mask(few), note=found["note"].mask(few, "too_few"))
