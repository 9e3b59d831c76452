"""Too many round values in one unit: figures that were estimated at a desk, not asked at the door."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from povplan.checks.areas import called
from povplan.checks.patterns.parts import Meant, counted
from povplan.checks.raising import of_areas
from povplan.checks.verdict import Verdict
from povplan.formulas.faults import tell
from povplan.spec import LedgerField


def digits(one: Meant) -> Iterator[Verdict]:
    """Units in which more than `limit` percent of the positive values are whole multiples of `step`.

    A test of shares: of values as they come about one in `step` is round by chance.
    """
    for field in one.fields:
        yield _of_field(one, field)


def _of_field(one: Meant, field: LedgerField) -> Verdict:
    values, limit = one.numbers(field), one.limit
    step = (one.pattern.step or 1) * (100 if field.type == "money" else 1)
    positive = values > 0
    rounded = positive & (np.mod(np.where(positive, values, 1), step) == 0)
    areas = one.areas
    judged, round_ = areas.tally(positive), areas.tally(rounded)
    enough = judged >= one.least
    many = enough & (round_ * 100 > (np.inf if limit is None else limit) * judged)
    said = {
        place: tell(
            "check_digits",
            place=called(areas.paths[place]),
            label=field.label.said,
            judged=int(judged[place]),
            rounded=int(round_[place]),
            step=one.pattern.step,
            share=f"{round_[place] / judged[place]:.0%}",
        )
        for place in np.flatnonzero(many).tolist()
    }
    counts = tuple(counted(areas.each(number.astype("float64"))) for number in (judged, round_))
    verdict = one.verdict(one.case.unknown(), None, [field])
    at = np.where(many, areas.first(rounded), np.where(enough, areas.first(positive), -1))
    return of_areas(replace(verdict, meant=counts), areas, many, at, said)
