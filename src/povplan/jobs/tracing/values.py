"""What a trace is: a figure, what defines it, its parts, rows and cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from povplan.jobs.facts import Fact
from povplan.messages import Said
from povplan.spec import Indicator, LedgerField

PART_COLUMNS = ("unit", "value", "numerator", "denominator", "n", "left_out", "note")
"""Of the sub-units; a last line without sub-unit is what the unit itself reports."""
CELL_COLUMNS = ("entity", "year", "field", "value", "file", "sheet", "cell", "batch", "sha256")
"""A blank value's cell is where it would stand."""
STATES = ("used", "left_out", "open", "out", "waiting", "vanished")
"""What became of a row: counted; something it needs is unknown; so is whether it is meant; not meant;
held back; absent from the last full report."""


@dataclass(frozen=True, eq=False)
class Trace:
    """One figure of one unit and year, and all that it rests on. Persons and households are masked."""

    id: str
    label: Said
    unit: str
    level: str
    year: int
    batch: int | None
    facts: tuple[Fact, ...]
    """Definition, version, formula with labels."""
    figure: Mapping[str, Any]
    """value, numerator, denominator, n, left_out, note; money in yuan, rates as fractions."""
    parts: pd.DataFrame
    """PART_COLUMNS, one line a sub-unit; empty for a village."""
    adds: bool
    """Whether the parts, of a ratio numerators and denominators, add up to the whole."""
    counts: Mapping[str, int]
    """How many rows each of `STATES` has; those of a unit's own ledger only."""
    rows: pd.DataFrame
    """entity, unit, state, why, flagged, then the fields used; at most as many as asked for."""
    more: int
    """Rows that are not among `rows`, those not meant apart."""
    cells: pd.DataFrame
    """CELL_COLUMNS of the fields used, of `rows` only."""
    fields: Sequence[LedgerField] = ()
    """The fields used, as columns of `rows`."""
    indicator: Indicator | None = None
    """None for figures of money."""
