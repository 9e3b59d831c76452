"""What may stand in a cell."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

Value = str | float | int | bool | dt.datetime | dt.date | dt.time | dt.timedelta | None
"""A raw cell. Blank is None; text is untouched; a number is int or float as stored."""


@dataclass(frozen=True)
class Shown:
    """How a cell's format shows its number: so many times as large, and the unit it writes behind it."""

    times: float
    unit: str = ""
