"""Figures of several counties added up: to their provinces, and to all of them together.

Sum over sum: of a ratio the numerators and the denominators of the counties are added, of a sum the values.
What only the rows themselves can tell (a median, a Gini coefficient), and what the counties of a place
define differently, has no figure there but a note that says why. A county of which a figure is not known adds
nothing to it, and `counties` of `of` says so.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

FIGURE = ("indicator", "scope")
COUNTY_COLUMNS = (
    *FIGURE, "basis", "county", "province", "year", "value", "numerator", "denominator", "n", "left_out",
    "note", "adds", "meaning", "at_least",
)  # fmt: skip
"""A figure of a county. `adds`: sum | ratio | never; `meaning` tells alike definitions from others."""
ROLLED_COLUMNS = (
    "indicator", "level", "unit", "year", "value", "numerator", "denominator", "n", "left_out", "counties",
    "of", "note", "basis", "scope",
)  # fmt: skip
"""A figure of a place: `counties` are in it, of all the `of` counties of the place."""
LEVELS = ("all", "province", "county")


def rolled_up(figures: pd.DataFrame, whole: str) -> pd.DataFrame:
    """ROLLED_COLUMNS of COUNTY_COLUMNS: of each figure all counties (called `whole`), provinces, counties."""
    figures = figures.reset_index(drop=True)
    places = {"all": pd.Series(whole, figures.index), "province": figures["province"]}
    parts = [_added(figures, unit).assign(level=level) for level, unit in places.items()]
    own = figures.assign(unit=figures["county"], level="county", counties=figures["value"].notna() * 1, of=1)
    together = pd.concat([*parts, own], ignore_index=True).reindex(columns=list(ROLLED_COLUMNS))
    order = together.groupby(list(FIGURE), sort=False, dropna=False).ngroup()
    return together.iloc[np.argsort(order, kind="stable")].reset_index(drop=True)


def _added(figures: pd.DataFrame, unit: pd.Series) -> pd.DataFrame:
    """Each figure at the places named by `unit`, in their order."""
    ratio = figures["adds"] == "ratio"
    used = figures["value"].notna().mask(ratio, figures["numerator"].notna() & figures["denominator"].notna())
    top = figures["value"].mask(ratio, figures["numerator"]).where(used)
    parts = figures.assign(unit=unit, top=top, bottom=figures["denominator"].where(used & ratio), used=used)
    groups = parts.groupby([*FIGURE, "unit"], sort=False, dropna=False)
    found = groups.agg(
        year=("year", "first"), basis=("basis", "first"), adds=("adds", "first"),
        meanings=("meaning", "nunique"), top=("top", "sum"), bottom=("bottom", "sum"), n=("n", "sum"),
        left_out=("left_out", "sum"),
        counties=("used", "sum"), at_least=("at_least", "max"), value=("value", "first"),
        note=("note", "first"), notes=("note", "nunique"),
    ).reset_index()  # fmt: skip
    of = found["unit"].map(parts.groupby("unit")["county"].nunique())
    alone, is_ratio = of == 1, found["adds"] == "ratio"
    some = found["counties"] > 0
    summed = found["top"].where(~is_ratio, found["top"] / found["bottom"].where(found["bottom"] > 0))
    unknown = found["note"].where(found["notes"] == 1, "no_rows")
    why = unknown.where(~some, _no_denominator(found["indicator"]))
    few = some & (found["n"] < found["at_least"])
    never, unlike = (found["adds"] == "never") & ~alone, found["meanings"] > 1
    value = found["value"].where(alone, summed.where(some & ~few & ~never & ~unlike))
    note = why.mask(few, "too_few").mask(never, "not_added").mask(unlike, "not_alike").where(value.isna())
    return found.assign(
        value=value,
        note=found["note"].where(alone, note),
        numerator=found["top"].where(is_ratio & some & ~unlike),
        denominator=found["bottom"].where(is_ratio & some & ~unlike),
        basis=found["basis"].mask(unlike),
        of=of,
    )


def _no_denominator(indicator: pd.Series) -> pd.Series:
    """Why sums known to the last part make no ratio: of the leverage, that there is no special fund."""
    lever = indicator.str.startswith("leverage_")
    return pd.Series(np.where(lever, "no_lever", "no_denominator"), indicator.index)
