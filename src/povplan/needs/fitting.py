"""Money against what is needed: shares of plan money, causes of poverty and needs reported, side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from povplan.model import UNIT
from povplan.spec import LEVELS, Fit
from povplan.sums import Cases, known, yuan
from povplan.units import Tree

FIT = (
    "unit", "level", "fit", "label_zh", "label_en",
    "money", "money_share", "cause_households", "cause_share", "needs", "need_share",
    "money_unmapped", "causes_unmapped", "needs_unmapped",
)  # fmt: skip
"""One purpose in one unit. Shares are of what the purposes cover; what is mapped to none stands apart."""


def fit(
    fits: Sequence[Fit],
    projects: pd.DataFrame,
    households: pd.DataFrame,
    reported: pd.DataFrame,
    tree: Tree,
) -> pd.DataFrame:
    """FIT at every unit, purposes in their order.

    Money is the planned investment of the year's projects by category; causes are the main causes of the
    registered households; needs are those reported, whatever became of them. A share without anything to
    divide is missing. Project, household and need each count once: in one purpose or in none.
    """
    spent = yuan(known(projects, "planned_investment", "Int64"))
    categories = known(projects, "category", "string")
    causes, kinds = known(households, "main_cause", "string"), reported["need_kind"].astype("string")
    table = {
        "money": _side(fits, "categories", tree, projects[UNIT], categories, spent),
        "cause_households": _side(fits, "causes", tree, households[UNIT], causes, _each(households)),
        "needs": _side(fits, "needs", tree, reported["unit"], kinds, _each(reported)),
    }
    levels = [LEVELS[depth] for depth in tree.depths]
    found = []
    for number, one in enumerate(fits):
        part = pd.DataFrame({"unit": list(tree.paths), "level": levels, "fit": one.id})
        part["label_zh"], part["label_en"] = one.label.zh, one.label.text("en")
        for name, (values, rest) in table.items():
            whole = values.sum(axis=1)
            share = np.divide(values[:, number], whole, out=np.full(len(whole), np.nan), where=whole > 0)
            part[name] = values[:, number]
            part[_SHARE[name]] = share
            part[_REST[name]] = rest
        found.append(part)
    if not found:
        return pd.DataFrame(columns=list(FIT))
    types = {**dict.fromkeys(FIT[:5], "string"), **dict.fromkeys(FIT[5:], "Float64")}
    by_unit = pd.concat(found).sort_index(kind="stable").reset_index(drop=True)
    return by_unit[list(FIT)].astype(types)


_SHARE: Mapping[str, str] = {"money": "money_share", "cause_households": "cause_share", "needs": "need_share"}
_REST: Mapping[str, str] = {
    "money": "money_unmapped",
    "cause_households": "causes_unmapped",
    "needs": "needs_unmapped",
}


def _each(rows: pd.DataFrame) -> pd.Series:
    """Every row counted once."""
    return pd.Series(1.0, index=rows.index, dtype="Float64")


def _side(
    fits: Sequence[Fit], key: str, tree: Tree, units: pd.Series, codes: pd.Series, weights: pd.Series
) -> tuple[np.ndarray, np.ndarray]:
    """Unit × purpose → the known weight of the codes under its `key`; and of each unit what none covers.

    A row without a code says nothing of any.
    """
    cases, columns = Cases.at(tree, units.astype("string")), []
    covered = pd.Series(False, index=codes.index)
    for one in fits:
        mine = codes.isin(list(getattr(one, key)))
        covered |= mine.to_numpy(bool)
        columns.append(cases.total(weights.where(mine, 0).fillna(0))["value"].fillna(0).to_numpy("float64"))
    rest = weights.where((~covered & codes.notna()).to_numpy(bool), 0).fillna(0)
    return np.column_stack(columns), cases.total(rest)["value"].fillna(0).to_numpy("float64")
