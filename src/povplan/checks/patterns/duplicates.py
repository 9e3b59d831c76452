"""One number in two units: the same person, telephone, account or document in different villages.

Both places are named; what stands there is not, for no list may show another township's persons.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from povplan.checks.areas import called
from povplan.checks.patterns.parts import Meant, coded
from povplan.checks.verdict import Verdict
from povplan.formulas.faults import tell
from povplan.messages import Said

MOST_PLACES = 3
"""Other places that a finding names; of more it says how many."""


def duplicates(one: Meant) -> Iterator[Verdict]:
    """Rows that have the values of all the fields in common with a row of another unit."""
    areas, fields = one.areas, one.fields
    if len(fields) < len(one.pattern.fields):
        yield one.verdict(one.case.unknown())
        return
    columns = [one.case.values(field.id) for field in fields]
    known = np.logical_and.reduce([column.notna().to_numpy(bool) for column in columns]) & one.rows
    known &= areas.codes >= 0
    alike = coded(columns, np.where(known, 0, -1))
    at = np.flatnonzero(alike >= 0)
    places: dict[int, dict[int, int]] = {}
    for group, area in zip(alike[at].tolist(), areas.codes[at].tolist(), strict=True):
        of = places.setdefault(group, {})
        of[area] = of.get(area, 0) + 1
    wrong = np.zeros(len(known), np.bool_)
    words: dict[int, Said] = {}
    for row, group, area in zip(at.tolist(), alike[at].tolist(), areas.codes[at].tolist(), strict=True):
        others = [areas.paths[other] for other in places[group] if other != area]
        if others:
            wrong[row] = True
            words[row] = _words(others, sum(places[group].values()))
    yield one.verdict(one.truth(wrong, known), None, fields, None, fields, words)


def _words(others: list[str], count: int) -> Said:
    named = [called(path) for path in others[:MOST_PLACES]]
    more = len(others) - len(named)
    listed = Said("、".join(named), ", ".join(named))
    key = "check_duplicate_more" if more else "check_duplicate"
    return tell(key, places=listed, more=more, count=count)
