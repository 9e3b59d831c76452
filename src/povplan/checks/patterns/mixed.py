"""Amounts typed in 万元 among those of their like in 元, or the reverse: a ratio of about ten thousand."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from povplan.checks.areas import Areas, Bools
from povplan.checks.display import quantity
from povplan.checks.patterns.parts import Floats, Meant
from povplan.checks.scale import USUAL, like_wan
from povplan.checks.verdict import Verdict
from povplan.formulas.faults import tell


def mixed_units(one: Meant) -> Iterator[Verdict]:
    """Amounts about ten thousand times off the median of the rows they are compared with: 元 for 万元.

    Blanks are not evaluable, zeros not asked. What is merely large or small is left to other rules.
    """
    for field in one.fields:
        values = np.nan_to_num(one.numbers(field), nan=-1.0)
        positive = (values > 0) & (one.groups.codes >= 0)
        enough = one.groups.rows(one.groups.tally(positive) >= one.least) & positive
        mixed, median = _mixed(values, one.groups, enough)
        words = {
            at: tell("check_scale_median", median=quantity(float(median[at]), field.type))
            for at in np.flatnonzero(mixed).tolist()
        }
        lead = tell("check_outlier", what=one.pattern.label.said, label=field.label.said)
        yield one.verdict(one.truth(mixed, enough), values != 0, [field], lead, [field], words)


def _mixed(values: Floats, groups: Areas, enough: Bools) -> tuple[Bools, Floats]:
    """Rows in the wrong unit, and for every row the median of its group."""
    mixed, medians = np.zeros(len(values), np.bool_), np.full(len(values), np.nan)
    at = np.flatnonzero(enough)
    at = at[np.argsort(groups.codes[at], kind="stable")]
    edges = np.flatnonzero(np.diff(groups.codes[at])) + 1
    for rows in np.split(at, edges) if len(at) else ():
        amounts = values[rows]
        medians[rows] = median = float(np.median(amounts))
        mixed[rows] = USUAL.out_of(amounts) & like_wan(amounts, median)
    return mixed, medians
