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
    money = yuan(known(projects, "planned_investment", "Int64"))
    every = pd.Series(1.0, index=households.index, dtype="Float64")
    each = pd.Series(1.0, index=reported.index, dtype="Float64")
    sides = {
        "money": (
            Cases.at(tree, projects[UNIT].astype("string")),
            known(projects, "category", "string"),
            money,
            "categories",
        ),
        "cause_households": (
            Cases.at(tree, households[UNIT].astype("string")),
            known(households, "main_cause", "string"),
            every,
            "causes",
        ),
        "needs": (
            Cases.at(tree, reported["unit"].astype("string")),
            reported["need_kind"].astype("string"),
            each,
            "needs",
        ),
    }
    table = {name: _side(fits, *side) for name, side in sides.items()}
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
    whole = pd.concat(found, ignore_index=True)
    order = np.lexsort(
        (np.repeat(np.arange(len(fits)), len(levels)), np.tile(np.arange(len(levels)), len(fits)))
    )
    types = {**dict.fromkeys(FIT[:5], "string"), **dict.fromkeys(FIT[5:], "Float64")}
    return whole.iloc[order].reset_index(drop=True)[list(FIT)].astype(types)


_SHARE: Mapping[str, str] = {"money": "money_share", "cause_households": "cause_share", "needs": "need_share"}
_REST: Mapping[str, str] = {
    "money": "money_unmapped",
    "cause_households": "causes_unmapped",
    "needs": "needs_unmapped",
}


def _side(
    fits: Sequence[Fit], cases: Cases, codes: pd.Series, weights: pd.Series, key: str
) -> tuple[np.ndarray, np.ndarray]:
    """Unit × purpose → the known weight of its codes; and of each unit what no purpose covers.

    A row without a code says nothing of any.
    """
    columns = []
    covered = pd.Series(False, index=codes.index)
    for one in fits:
        mine = codes.isin(list(getattr(one, key)))
        covered |= mine.to_numpy(bool)
        columns.append(cases.total(weights.where(mine, 0).fillna(0))["value"].fillna(0).to_numpy("float64"))
    rest = weights.where((~covered & codes.notna()).to_numpy(bool), 0).fillna(0)
    return np.column_stack(columns), cases.total(rest)["value"].fillna(0).to_numpy("float64")
