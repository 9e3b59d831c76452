"""Patterns that a ledger declares: what many rows of one unit must not look like together.

None says anything of fewer than ten cases, whatever its parameters are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from povplan.checks.patterns.copied import copied
from povplan.checks.patterns.digits import digits
from povplan.checks.patterns.duplicates import duplicates
from povplan.checks.patterns.mixed import mixed_units
from povplan.checks.patterns.outlying import outlying
from povplan.checks.patterns.parts import Meant, meant
from povplan.checks.patterns.shares import shares
from povplan.checks.patterns.unchanged import unchanged
from povplan.checks.verdict import Case, Verdict
from povplan.spec import PatternKind

KINDS: Mapping[PatternKind, Callable[[Meant], Iterator[Verdict]]] = {
    "outlier": outlying,
    "units": mixed_units,
    "digits": digits,
    "copied": copied,
    "unchanged": unchanged,
    "duplicate": duplicates,
    "share": shares,
}


def declared(case: Case) -> Iterator[Verdict]:
    """Every pattern in force that year, on the rows it is meant for."""
    for pattern in case.ledger.patterns:
        if case.rows.year in pattern.valid:
            yield from KINDS[pattern.kind](meant(case, pattern))
