"""Ways to make points of a figure. Figures are as printed; a figure that is not known makes no points.

Each takes figures (NaN unknown) and gives points (NaN where there are none to give), never below zero and
never above the most there are.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from povplan.spec import Condition, Scoring
from povplan.spec.scorecards import Knot, Proportion, Rank, Step

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
HOLDS: Mapping[str, Callable[[Floats, float], Bools]] = {
    "at_least": operator.ge,
    "at_most": operator.le,
    "above": operator.gt,
    "below": operator.lt,
}


def meets(figures: Floats, condition: Condition) -> Bools:
    """Where the condition holds; an unknown figure meets none."""
    (name, bound), *_ = condition.bounds.items()
    with np.errstate(invalid="ignore"):
        return HOLDS[name](figures, float(bound)) & ~np.isnan(figures)


def threshold(figures: Floats, condition: Condition, points: float) -> Floats:
    """All points where the condition holds, else none."""
    return _unknown_stays(figures, np.where(meets(figures, condition), points, 0.0))


def proportion(figures: Floats, of: Proportion, points: float) -> Floats:
    """Points in proportion between `zero_at` and `full_at`, capped at both ends."""
    part = (figures - of.zero_at) / (of.full_at - of.zero_at)
    return _unknown_stays(figures, np.clip(part, 0, 1) * points + 0.0)


def piecewise(figures: Floats, knots: Sequence[Knot]) -> Floats:
    """Points at the knots, evenly between two of them, level beyond the first and the last."""
    at, points = ([float(getattr(knot, name)) for knot in knots] for name in ("at", "points"))
    return _unknown_stays(figures, np.interp(np.nan_to_num(figures), at, points))


def steps(figures: Floats, of: Sequence[Step]) -> Floats:
    """Points of the first step whose end the figure does not pass; an end belongs to its step."""
    ends = [np.inf if step.up_to is None else float(step.up_to) for step in of]
    points = np.array([*(float(step.points) for step in of), 0.0])
    return _unknown_stays(figures, points[np.searchsorted(ends, np.nan_to_num(figures), "left")])


def places(figures: Floats, better: str) -> Floats:
    """1 for the best; equals share a place and the next comes after all of them: 1, 2, 2, 4."""
    known = ~np.isnan(figures)
    signed = figures if better == "lower" else -figures
    ordered = np.sort(signed[known])
    found = np.full(len(figures), np.nan)
    found[known] = np.searchsorted(ordered, signed[known], "left") + 1
    return found


def rank(figures: Floats, of: Rank, points: float) -> Floats:
    """All points for the first place, `step` fewer for each after it; none at all of too few cases."""
    if (~np.isnan(figures)).sum() < of.least:
        return np.full(len(figures), np.nan)
    return np.clip(points - of.step * (places(figures, of.better) - 1), 0, points)


def each(figures: Floats, per: float, points: float) -> Floats:
    """So many points for each whole of the figure, up to the most; below zero counts as none."""
    return _unknown_stays(figures, np.clip(np.floor(figures + 1e-9) * per, 0, points))


def points_of(figures: Floats, scoring: Scoring, points: float) -> Floats:
    """The points that a declared way gives, not above the item's."""
    if scoring.threshold is not None:
        return threshold(figures, scoring.threshold, points)
    if scoring.proportion is not None:
        return proportion(figures, scoring.proportion, points)
    if scoring.piecewise is not None:
        return piecewise(figures, scoring.piecewise)
    if scoring.steps is not None:
        return steps(figures, scoring.steps)
    if scoring.rank is not None:
        return rank(figures, scoring.rank, points)
    assert scoring.each is not None
    return each(figures, float(scoring.each.points), points)


def _unknown_stays(figures: Floats, points: Floats) -> Floats:
    return np.where(np.isnan(figures), np.nan, points)
