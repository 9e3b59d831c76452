"""A unit whose rows repeat last year's: the ledger was sent again, not updated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionArray

from povplan.checks.areas import Bools, called
from povplan.checks.patterns.parts import Meant, counted
from povplan.checks.raising import of_areas
from povplan.checks.verdict import Verdict
from povplan.formulas.faults import tell
from povplan.spec import LEVELS, LedgerField

FILLED = 10
"""Fields that a row which is its unit's only one must have in common with last year's."""


def unchanged(one: Meant) -> Iterator[Verdict]:
    """Units of which `limit` percent of the rows or more equal the same thing's row of last year.

    With `fields` only these are compared, and a unit that repeats every field is left to the pattern that
    compares them all. Rows that are new this year differ; a row without any value is like nothing.
    """
    areas, limit, before = one.areas, one.limit, one.case.rows.previous
    verdict = one.verdict(one.case.unknown())
    if limit is None or before is None or before.empty:
        yield replace(verdict, asked=_heads(one))
        return
    fields = one.fields
    equal, filled = _same(one, fields)
    alone = one.case.ledger.level in LEVELS
    equal &= filled >= (FILLED if alone else 1)
    judged, same = areas.tally(one.rows), areas.tally(equal & one.rows)
    enough = (judged >= (1 if alone else one.least)) & (judged > 0)
    many = enough & (same > 0) & (same * 100 >= limit * judged - 1e-9)
    if one.pattern.fields and many.any():
        bare = one.pattern.model_copy(update={"fields": ()})
        everything, _ = _same(one, replace(one, pattern=bare).fields)
        many &= ~(areas.tally(everything & one.rows) * 100 >= limit * judged - 1e-9)
    key = "check_unchanged_fields" if one.pattern.fields else "check_unchanged"
    said = {
        place: tell(
            key,
            place=called(areas.paths[place]),
            judged=int(judged[place]),
            same=int(same[place]),
            fields=len(fields),
        )
        for place in np.flatnonzero(many).tolist()
    }
    counts = tuple(counted(areas.each(number.astype("float64"))) for number in (judged, same))
    yield of_areas(
        replace(verdict, meant=counts), areas, many, np.where(enough, areas.first(one.rows), -1), said
    )


def _heads(one: Meant) -> Bools:
    """One row of each unit, to be counted as not evaluable."""
    heads = np.zeros(len(one.rows), np.bool_)
    at = one.areas.first(one.rows)
    heads[at[at >= 0]] = True
    return heads


def _same(one: Meant, fields: list[LedgerField]) -> tuple[Bools, np.ndarray]:
    """Rows equal to last year's in all `fields`, and how many values each has in common with them."""
    rows, before = one.case.rows, one.case.rows.previous
    assert before is not None
    at = rows.before
    equal: Bools = (at >= 0) & one.rows
    filled = np.zeros(len(equal), np.int64)
    for field in sorted(fields, key=lambda one: one.type != "money"):  # amounts differ first
        here = np.flatnonzero(equal)
        if not len(here):
            break
        now = rows.frame[field.id].iloc[here].array
        then = before[field.id].iloc[at[here]].array if field.id in before else None
        blank = np.asarray(pd.isna(now), bool)
        gone = np.ones(len(here), bool) if then is None else np.asarray(pd.isna(then), bool)
        agree = np.zeros(len(here), bool) if then is None else _equal(now, then)
        same = np.where(blank | gone, blank & gone, agree).astype(bool)
        equal[here] = same
        filled[here] += ~blank & same
    return equal, filled


def _equal(now: ExtensionArray, then: ExtensionArray) -> Bools:
    """Where two columns of one type agree; what is blank agrees with nothing."""
    found: Bools = pd.Series(now == then).fillna(False).to_numpy(bool)
    return found
