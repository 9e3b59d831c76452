"""`poverty`: statistics of poverty by the lines of a year. Read only."""

from __future__ import annotations

import numpy as np
import pandas as pd

from povplan import poverty
from povplan.errors import NOTHING_ACCEPTED, PovplanError
from povplan.jobs.analyses import Year
from povplan.messages import Said, say
from povplan.spec import in_force

LINES = ("poverty_line", "monitoring_range")
"""Parameters that are lines of income; each counts in the years in which it is in force."""
GIVEN = "given"
"""The scope of a line that was typed."""


def lines(of: Year, given: float | None = None) -> dict[str, float]:
    """Line → yuan a head and year: the one given, else those in force. PovplanError where there is none."""
    if given is not None:
        if not (np.isfinite(given) and given > 0):
            raise PovplanError(say("poverty_bad_line", given=f"{given:g}"))
        return {GIVEN: given}
    parameters = of.standing.config.parameters
    found = {name: in_force(parameters, name, of.year) for name in LINES}
    known = {name: line for name, line in found.items() if not np.isnan(line)}
    if not known:
        raise PovplanError(say("poverty_no_line", year=of.year), NOTHING_ACCEPTED)
    return known


def statistics(of: Year, by: dict[str, float]) -> pd.DataFrame:
    """The statistics of the year at every unit, with each line as scope."""
    return poverty.statistics(poverty.people(of.needed("household")), by, of.tree, of.year)


def remarks(found: pd.DataFrame) -> list[Said]:
    """What a reader must know: whose income, which formula, what was left out."""
    county = found[(found["level"] == "county") & (found["scope"] == found["scope"].iloc[0])]
    of = county.groupby("indicator")[["value", "left_out"]].sum()
    told = [say("poverty_means")]
    if left_out := int(of.at["headcount", "left_out"]):
        told.append(say("poverty_left_out", count=left_out))
    if unfit := int(of.at["not_positive", "value"]):
        told.append(say("poverty_not_positive", count=unfit))
    return told
