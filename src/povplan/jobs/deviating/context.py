"""Figures with and without the units that declared events touched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from povplan import evaluation
from povplan.deviations.events import without
from povplan.measures import measure
from povplan.model import UNIT
from povplan.spec import Indicator

if TYPE_CHECKING:
    from povplan.jobs.deviating.year import Deviating


def context(of: Deviating) -> pd.DataFrame:
    """Targets with and without the units that an event touched."""
    evaluated = of.planning.evaluated
    if not len(of.events) or not len(evaluated):
        return pd.DataFrame()
    standing, config = of.planning.standing, of.planning.standing.config
    years = [year for year in standing.years if year <= of.year]
    series = {year: measured(of, of.planning.wanted, year, of.events["unit"]) for year in years}
    apart = evaluation.evaluate(
        of.planning.each, series, of.year, of.planning.indicators, config.parameters, config.measurement
    )
    units = {one.id: unit_of(of, one) for one in of.planning.indicators}
    labels = {one.id: one.label.zh for one in of.planning.indicators}
    return without(evaluated, apart, of.events, units, labels, of.planning.plan.additive)


def measured(
    of: Deviating, ones: Iterable[Indicator], year: int, apart: pd.Series | None = None
) -> pd.DataFrame:
    """Figures of some indicators; with `apart` of all rows but those at or below these units."""
    standing, config = of.planning.standing, of.planning.standing.config

    def left(frames: Mapping[str, pd.DataFrame] | None) -> dict[str, pd.DataFrame] | None:
        if frames is None or apart is None:
            return None if frames is None else dict(frames)
        return {name: _outside(frame, apart) for name, frame in frames.items()}

    return measure(
        ones, left(standing.frames(year)) or {}, config.ledgers, config.parameters, year,
        standing.day(year),
        standing.tree(year), previous=left(standing.before(year)), codes=config.codes,
    )  # fmt: skip


def unit_of(of: Deviating, one: Indicator) -> str:
    """The unit of an indicator's kept values: yuan for all money."""
    unit = of.planning.standing.config.measurement.get(one.unit)
    return "元" if unit is not None and unit.dimension == "money" else one.unit


def _outside(frame: pd.DataFrame, apart: pd.Series) -> pd.DataFrame:
    """The rows that lie neither at nor below some units."""
    inside = np.zeros(len(frame), bool)
    for unit in apart.dropna().unique():
        at = frame[UNIT].astype("string")
        inside |= ((at == unit) | at.str.startswith(f"{unit}/")).fillna(False).to_numpy(bool)
    return frame[~inside].reset_index(drop=True)
