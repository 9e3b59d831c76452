"""How many are poor by their income, how far below the line: statistics of poverty.

Of registered households by the income they state; never the official headcount, which rests on recognition.
Each person has the income per head of the household. Poor is who has strictly less than the line.

    headcount   persons below the line ÷ persons                                          (FGT 0)
    poverty_gap mean over all persons of (line − income) ÷ line, 0 at or above the line   (FGT 1)
    squared_gap mean of the square of the same                                            (FGT 2)
    watts       mean of ln(line ÷ income), 0 at or above the line

Foster, Greer and Thorbecke (1984); Watts (1968). Whose income or number of persons is not known is in none of
them and counted in `left_out`. An income of zero or below counts as it stands, so that a gap may exceed the
line. It has no logarithm: to `watts` it adds nothing, is among all persons, and is counted in `left_out` too;
so do the World Bank and the published figures that the tests hold.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from povplan.model import UNIT
from povplan.sums import Cases, figures, known, yuan
from povplan.units import Tree

PEOPLE = ("unit", "persons", "income")
"""One household: where, how many persons, yuan a head and year."""
FIGURES = (
    "households", "persons", "below_persons", "headcount", "poverty_gap", "squared_gap", "watts",
    "mean_income", "mean_below", "shortfall", "not_positive",
)  # fmt: skip


def people(households: pd.DataFrame) -> pd.DataFrame:
    """PEOPLE of a household ledger; without a person, or one known, there is no income per head."""
    persons = known(households, "persons", "Float64").reset_index(drop=True)
    persons = persons.mask(persons <= 0)
    net = yuan(known(households, "net_income", "Int64")).reset_index(drop=True)
    found = {"unit": households[UNIT].reset_index(drop=True), "persons": persons, "income": net / persons}
    return pd.DataFrame(found, columns=list(PEOPLE))


def statistics(of: pd.DataFrame, lines: Mapping[str, float], tree: Tree, year: int) -> pd.DataFrame:
    """MEASURE_COLUMNS of FIGURES at every unit, with each line (name → yuan a head and year) as scope."""
    parts = [figures(_by(of, line, tree), tree, year, scope=name) for name, line in lines.items()]
    return pd.concat(parts, ignore_index=True)


def _by(of: pd.DataFrame, line: float, tree: Tree) -> dict[str, pd.DataFrame]:
    cases, persons, income = Cases.at(tree, of["unit"]), of["persons"], of["income"]
    counted = persons.where(income.notna())
    below = (income < line).astype("boolean")
    above = (~below).fillna(False)
    depth = ((line - income) / line).mask(above, 0.0)
    logs = np.log((line / income.where((income > 0).fillna(False))).to_numpy("float64", na_value=np.nan))
    logarithm = pd.Series(logs, dtype="Float64", index=income.index).mask(above, 0.0)
    return {
        "households": cases.count(income.notna().astype("boolean").mask(income.isna())),
        "persons": cases.total(counted),
        "below_persons": cases.total(counted.mask(above, 0.0)),
        "headcount": cases.share(below, persons),
        "poverty_gap": cases.mean(depth, persons),
        "squared_gap": cases.mean(depth**2, persons),
        "watts": _over_all(cases.mean(logarithm, persons), cases.total(counted)),
        "mean_income": cases.mean(income, persons),
        "mean_below": cases.mean(income, persons, among=below),
        "shortfall": cases.total(depth * line * persons),
        "not_positive": cases.count((income <= 0).astype("boolean")),
    }


def _over_all(found: pd.DataFrame, persons: pd.DataFrame) -> pd.DataFrame:
    """A mean over all persons whose income is known, those of whom there is no logarithm among them."""
    whole = persons["value"].where(found["value"].notna())
    return found.assign(value=found["numerator"] / whole, denominator=whole)
