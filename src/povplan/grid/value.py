"""What may stand in a cell."""

from __future__ import annotations

import datetime as dt

Value = str | float | int | bool | dt.datetime | dt.date | dt.time | dt.timedelta | None
"""A raw cell. Blank is None; text is untouched; a number is int or float as stored."""
