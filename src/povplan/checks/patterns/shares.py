"""How much of an amount goes where: a part of the whole below its least or above its most."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from povplan.checks.areas import Areas, Bools, called
from povplan.checks.display import quantity
from povplan.checks.patterns.parts import Floats, Meant, counted
from povplan.checks.raising import of_areas
from povplan.checks.verdict import Verdict
from povplan.formulas import row_formula
from povplan.formulas.faults import tell
from povplan.spec import LedgerField


def shares(one: Meant) -> Iterator[Verdict]:
    """Units in which the part's share of the whole, in percent, breaks its bound; sum over sum.

    Rows without the amount, or of which nobody can tell whether they are the part, are in neither sum. A
    unit without the whole has no share, and nothing is said where the part needs a ledger that is absent.
    """
    for field in one.fields:
        yield _of_field(one, field)


def _of_field(one: Meant, field: LedgerField) -> Verdict:
    case, areas, limit = one.case, one.areas, one.limit
    formula = row_formula(one.pattern.part or "", case.scope)
    verdict = one.verdict(case.unknown(), None, [field])
    if limit is None or not all(name in case.others for name in formula.needs):
        return verdict
    belongs = formula.column(case.rows)
    values = one.numbers(field)
    known = ~np.isnan(values) & belongs.known
    inside = known & belongs.values
    within = areas.codes >= 0
    whole, part = (_sums(areas, values, rows & within) for rows in (known, inside))
    percent = np.where(whole > 0, 100 * part / np.where(whole > 0, whole, 1), np.nan)
    least = one.pattern.bound == "at_least"
    broken = (percent < limit - 1e-9) if least else (percent > limit + 1e-9)
    said = {
        place: tell(
            "check_share_least" if least else "check_share_most",
            place=called(areas.paths[place]),
            part=quantity(float(part[place]), field.type),
            whole=quantity(float(whole[place]), field.type),
            percent=f"{percent[place]:.1f}",
            limit=f"{limit:g}",
        )
        for place in np.flatnonzero(broken).tolist()
    }
    sums = tuple(counted(areas.each(amount)) for amount in (whole, part))
    at = np.where(whole > 0, np.where(areas.first(inside) >= 0, areas.first(inside), areas.first(known)), -1)
    return of_areas(replace(verdict, meant=sums), areas, broken, at, said)


def _sums(areas: Areas, values: Floats, rows: Bools) -> Floats:
    sums: Floats = np.bincount(areas.codes[rows], values[rows], minlength=len(areas)).astype(np.float64)
    return sums
