"""Rows of one unit that say the same of different things: filled in by copying."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from povplan.checks.areas import Bools, called
from povplan.checks.patterns.parts import Meant, coded
from povplan.checks.verdict import Verdict
from povplan.formulas.faults import tell
from povplan.spec import LedgerField

FILLED = 3
"""Values other than blank and zero that a row must have before being like another means anything."""
FILLED_OF_ALL = 10
"""The same where every field is compared."""


def copied(one: Meant) -> Iterator[Verdict]:
    """Rows that agree with others of their unit in every field looked at, `limit` rows or more in all.

    Blanks agree with blanks; rows that are all but empty are not asked, nor small units.
    """
    areas, fields = one.areas, one.fields
    asked = areas.rows(areas.tally(one.rows) >= one.least) & _filled(one, fields)
    if one.limit is None:
        yield one.verdict(one.case.unknown(), asked)
        return
    columns = (one.case.values(field.id) for field in fields)
    alike = coded(columns, np.where(asked & one.rows, areas.codes, -1))
    counts = np.bincount(alike[alike >= 0], minlength=1)
    number = np.where(alike >= 0, counts[alike], 1)
    wrong = number >= max(one.limit, 2)
    words = {
        at: tell("check_copied", place=called(areas.paths[areas.codes[at]]), count=int(number[at]))
        for at in np.flatnonzero(wrong).tolist()
    }
    shown = fields if one.pattern.fields else []
    yield one.verdict(one.truth(wrong, asked), asked, fields[:1] if shown else [], None, shown, words)


def _filled(one: Meant, fields: list[LedgerField]) -> Bools:
    """Rows with enough values that could differ."""
    filled = np.zeros(len(one.rows), np.int64)
    for field in fields:
        values = one.case.values(field.id)
        something = values.notna().to_numpy(bool)
        if field.type in ("integer", "number", "money"):
            something = something & (values.to_numpy("float64", na_value=0.0) != 0)
        filled += something
    enough: Bools = filled >= (FILLED if one.pattern.fields else FILLED_OF_ALL)
    return enough
