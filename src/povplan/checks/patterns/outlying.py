"""Values far from the others of their unit: median ± k times the median absolute deviation.

The median and its deviation do not move with the outliers themselves, as mean and standard deviation do
(Iglewicz and Hoaglin, 1993). Where more than half of the values are equal the deviation is zero and
everything else would be an outlier: it is never taken below a fifth of the median. Zeros are not asked.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from povplan.checks.areas import Areas, called
from povplan.checks.display import quantity
from povplan.checks.patterns.parts import Floats, Meant
from povplan.checks.verdict import Verdict
from povplan.formulas.faults import tell
from povplan.messages import Said
from povplan.spec import LedgerField

LEAST_SPREAD = 0.2
"""Of the median."""


def outlying(one: Meant) -> Iterator[Verdict]:
    """Rows whose value lies further from their unit's median than `limit` deviations."""
    for field in one.fields:
        yield _of_field(one, field)


def _of_field(one: Meant, field: LedgerField) -> Verdict:
    values, groups, deviations = one.numbers(field), one.groups, one.limit
    values = np.where(groups.codes >= 0, values, np.nan)
    asked = ~(values == 0)
    values = np.where(asked, values, np.nan)
    counts = groups.tally(~np.isnan(values))
    enough = groups.rows(counts >= one.least) & ~np.isnan(values)
    if deviations is None or not enough.any():
        return one.verdict(one.case.unknown(), asked, [field])
    median, spread = robust(np.where(enough, values, np.nan), groups)
    distance = np.abs(values - groups.each(median))
    wrong = enough & (distance > deviations * groups.each(spread) + 1e-6)
    words = {at: _words(one, field, at, median, counts) for at in np.flatnonzero(wrong).tolist()}
    return one.verdict(one.truth(wrong, enough), asked, [field], _lead(one, field), [field], words)


def robust(values: Floats, groups: Areas) -> tuple[Floats, Floats]:
    """Median and median absolute deviation of each group, this at least a fifth of the median."""
    median = _medians(values, groups)
    spread = _medians(np.abs(values - groups.each(median)), groups)
    return median, np.maximum(spread, LEAST_SPREAD * np.abs(median))


def _medians(values: Floats, groups: Areas) -> Floats:
    known = ~np.isnan(values) & (groups.codes >= 0)
    found = pd.Series(values[known]).groupby(groups.codes[known]).median()
    medians: Floats = np.full(len(groups), np.nan)
    medians[found.index.to_numpy()] = found.to_numpy()
    return medians


def _lead(one: Meant, field: LedgerField) -> Said:
    return tell("check_outlier", what=one.pattern.label.said, label=field.label.said)


def _words(one: Meant, field: LedgerField, at: int, median: Floats, counts: np.ndarray) -> Said:
    group, path = one.groups.codes[at], one.areas.paths[one.areas.codes[at]]
    middle = quantity(float(median[group]), field.type)
    return tell("check_outlier_median", place=called(path), count=int(counts[group]), median=middle)
