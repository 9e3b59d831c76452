"""Changes as a reader of the printed table works them out: the difference of the figures as printed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal

import pandas as pd

from povplan.change.yearly import RATES
from povplan.spec import Indicator

PRINTED: tuple[str, ...] = (
    "printed_value",  # in the unit printed: percent of rates, 万元 …
    "printed_base",
    "printed_absolute",  # of the two as printed; percentage points of rates
    "rounding",  # true where the change itself rounds otherwise
)


def printed(
    changes: pd.DataFrame, indicators: Iterable[Indicator], factors: Mapping[str, float]
) -> pd.DataFrame:
    """The changes with PRINTED beside them.

    `factors`: indicator → how many of the unit values are kept in make one of the unit printed. Halves are
    rounded up, away from zero, as in print. Blank where there is no change.
    """
    decimals = {one.id: one.decimals for one in indicators}
    scale = {
        one.id: 0.01 if one.unit == "percent" else 0.001 if one.unit in RATES else factors.get(one.id, 1.0)
        for one in indicators
    }
    columns: dict[str, list[float | bool | None]] = {name: [] for name in PRINTED}
    rows = zip(*(changes[name] for name in ("indicator", "value", "change_base", "absolute")), strict=True)
    for indicator, value, base, absolute in rows:
        digits, by = decimals.get(indicator, 2), scale.get(indicator, 1.0)
        now, then, moved = (
            None if pd.isna(one) else half_up(one / by, digits) for one in (value, base, absolute)
        )
        difference = None if moved is None or now is None or then is None else now - then
        columns["printed_value"].append(None if now is None else float(now))
        columns["printed_base"].append(None if then is None else float(then))
        columns["printed_absolute"].append(None if difference is None else float(difference))
        columns["rounding"].append(None if difference is None else difference != moved)
    dtypes = {name: "boolean" if name == "rounding" else "Float64" for name in PRINTED}
    more = {name: pd.Series(columns[name], index=changes.index, dtype=dtypes[name]) for name in PRINTED}
    return changes.assign(**more)


def half_up(value: float, digits: int) -> Decimal:
    """A figure to so many decimals as print and spreadsheets round it; binary noise is taken off first."""
    return Decimal(f"{value:.9f}").quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
